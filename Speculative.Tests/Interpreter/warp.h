// The lanes of a warp that have arrived at a warp-wide instruction.
#pragma once
#include "block.h"
#include "values.h"

namespace ptx {

class Warp {
public:
    Warp(Block& block, int first, int lanes) : block_(block), first_(first), lanes_(lanes) {}

    // Throws a Fault where lanes have ended or where the block has too few threads for all.
    void demandAllLanes() const;

    // Orders the accesses of the lanes before it and after it.
    void passBarrier() { block_.warpBarriers_[first_ / 32]++; }

    Thread& thread(int lane) { return block_.threads_[first_ + lane]; }

    template <class T>
    T get(int lane, int operand, const WarpInstruction& instruction) {
        return fromRegister<T>(thread(lane).registers[instruction.operands[operand]]);
    }

    template <class T>
    void set(int lane, int operand, const WarpInstruction& instruction, T value) {
        thread(lane).registers[instruction.operands[operand]] = toRegister(value);
    }

    const uint8_t* shared(int lane, const WarpInstruction& instruction, int operand, uint64_t bytes);

private:
    Block& block_;
    int first_;
    int lanes_;
};

}
