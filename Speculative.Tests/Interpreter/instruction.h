// What a parsed kernel is made of. An instruction carries the function that executes it and the numbers of the registers it works on,
// so that executing one needs no look at its text or its type.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace ptx {

struct Instruction;
struct WarpInstruction;
struct Thread;
class Warp;

// Executes an instruction for one thread, and the ones after it until the thread has to wait or ends. Returns where it stands then.
using Handler = const Instruction* (*)(const Instruction* instruction, uint64_t* registers, Thread& thread);

// Executes a warp-wide instruction, once all lanes have arrived at it.
using Collective = void (*)(const WarpInstruction& instruction, Warp& warp);

// Constants and special registers are registers too (see Kernel::frame), so an operand is always the number of a register. Instructions
// are small because a large kernel's code should stay in the fastest cache.
struct Instruction {
    Handler run = nullptr;
    union {
        int32_t offset = 0;       // added to the register of an address operand
        int32_t distance;         // of a branch, in instructions
        int32_t warpInstruction;  // which of the kernel's it is
    };
    std::array<uint16_t, 10> operands{};
};

static_assert(sizeof(Instruction) == 32);

// What all lanes of a warp do together.
struct WarpInstruction {
    Collective together = nullptr;
    int32_t offset = 0;
    std::array<uint16_t, 14> operands{};  // mma.m16n8k16 has four results and 4 + 2 + 4 arguments
};

// What a handler ends with. With optimization the compiler makes a jump of this call, so that there is no loop around the handlers and the
// stack does not grow. It cannot where the address of a handler's variable may still be in use, so such variables live in inner functions.
inline const Instruction* proceed(const Instruction* next, uint64_t* registers, Thread& thread) {
    return next->run(next, registers, thread);
}

// Where an instruction came from, for messages.
struct Source {
    int line;
    std::string text;
};

struct Parameter {
    int offset;
    int size;
};

enum class Special { ThreadX, ThreadY, ThreadZ, ThreadsX, ThreadsY, ThreadsZ, BlockX, BlockY, BlockZ, BlocksX, BlocksY, BlocksZ, Lane };

struct SpecialRegister {
    Special which;
    uint16_t number;
};

struct Kernel {
    std::string name;
    std::vector<Parameter> parameters;
    int parameterBytes = 0;
    int sharedBytes = 0;
    int localBytes = 0;
    int maximalThreads = 1024;
    bool waits = false;                     // for a barrier or for the other lanes of a warp
    std::vector<Instruction> code;          // its last instruction is an exit
    std::vector<WarpInstruction> warpInstructions;
    std::vector<Source> sources;            // one for each instruction
    std::vector<uint64_t> frame;            // the registers of a thread that starts: constants, and poison elsewhere
    std::vector<SpecialRegister> specials;  // registers of the frame that differ from thread to thread
};

// Fresh memory and registers hold this, so that a result computed from them looks wrong.
constexpr uint8_t PoisonByte = 0xFF;
constexpr uint64_t Poison = ~uint64_t{0};

}
