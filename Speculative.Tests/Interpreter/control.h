// The handlers that the decoder and the warp-wide instructions refer to by name.
#pragma once
#include "instruction.h"

namespace ptx {

const Instruction* jump(const Instruction* instruction, uint64_t* registers, Thread& thread);
const Instruction* jumpIf(const Instruction* instruction, uint64_t* registers, Thread& thread);
const Instruction* jumpUnless(const Instruction* instruction, uint64_t* registers, Thread& thread);
const Instruction* leave(const Instruction* instruction, uint64_t* registers, Thread& thread);
const Instruction* waitForBlock(const Instruction* instruction, uint64_t* registers, Thread& thread);
const Instruction* waitForWarp(const Instruction* instruction, uint64_t* registers, Thread& thread);

}
