// Branches, exits and waiting.
#include "control.h"
#include "fault.h"
#include "opcodes.h"
#include "thread.h"

namespace ptx {

// No kernel of this project jumps nearly as often without waiting in between.
constexpr uint64_t MaximalJumps = uint64_t{1} << 31;

const Instruction* jump(const Instruction* instruction, uint64_t* registers, Thread& thread) {
    if (__builtin_expect(++thread.jumps > MaximalJumps, 0)) {
        thread.at = instruction;
        throw Fault("the thread does not end");
    }
    return proceed(instruction + instruction->distance, registers, thread);
}

const Instruction* jumpIf(const Instruction* instruction, uint64_t* registers, Thread& thread) {
    if (registers[instruction->operands[0]] != 0)
        return jump(instruction, registers, thread);
    return proceed(instruction + 1, registers, thread);
}

const Instruction* jumpUnless(const Instruction* instruction, uint64_t* registers, Thread& thread) {
    if (registers[instruction->operands[0]] == 0)
        return jump(instruction, registers, thread);
    return proceed(instruction + 1, registers, thread);
}

const Instruction* leave(const Instruction* instruction, uint64_t*, Thread& thread) {
    thread.state = State::Done;
    return instruction;
}

const Instruction* waitForBlock(const Instruction* instruction, uint64_t*, Thread& thread) {
    thread.state = State::AtBarrier;
    return instruction;
}

const Instruction* waitForWarp(const Instruction* instruction, uint64_t*, Thread& thread) {
    thread.state = State::AtWarpInstruction;
    return instruction;
}

void addControl(Opcodes& opcodes) {
    opcodes["bra"] = {jump, 0, 0};
    opcodes["bra.uni"] = {jump, 0, 0};
    opcodes["ret"] = {leave, 0, 0};
    opcodes["exit"] = {leave, 0, 0};
    opcodes["bar.sync"] = {waitForBlock, 1, 0};
    opcodes["barrier.sync"] = {waitForBlock, 1, 0};
}

}
