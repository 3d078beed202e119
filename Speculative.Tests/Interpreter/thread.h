// A thread of the block that runs: its registers, its windows into memory and where it stands.
#pragma once
#include "instruction.h"

namespace ptx {

class Block;

enum class State : uint8_t { Fresh, Ready, AtBarrier, AtWarpInstruction, Done };

struct Thread {
    Block* block = nullptr;
    uint64_t* registers = nullptr;
    uint8_t* local = nullptr;
    uint64_t localBytes = 0;
    const uint8_t* parameters = nullptr;
    const Instruction* at = nullptr;  // where it waits or has failed
    uint64_t jumps = 0;  // since it last waited
    int number = 0;
    State state = State::Fresh;

    int warp() const { return number / 32; }
    int lane() const { return number % 32; }
};

}
