namespace Speculative.Tests;

/// <summary>What the assembler made of a kernel: registers a thread, bytes of stack and of spills, and the machine code as text.</summary>
sealed record MachineCode(int Registers, int StackBytes, int SpilledBytes, string Sass);
