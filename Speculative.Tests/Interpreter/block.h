// A block of threads. Its threads run one after another, each up to the next barrier or warp-wide instruction. So a kernel that relies on
// an order which no barrier gives computes something wrong here, where a GPU would often hide it.
#pragma once
#include "instruction.h"
#include "memory.h"
#include "thread.h"
#include <memory>
#include <string>
#include <vector>

namespace ptx {

struct Dimensions {
    int x;
    int y;
    int z;

    int threads() const { return x * y * z; }
};

enum class Use { Read, Write, Atomic };

class Block {
public:
    // The scratch holds what the threads keep for themselves. It is filled when a thread starts, and so may be used again and again.
    Block(const Kernel& kernel, Dimensions grid, Dimensions dimensions, const uint8_t* parameters, Memory& memory, uint32_t launch,
        std::vector<uint64_t>& scratch);

    // Runs the block at this place of the grid. Throws a Fault that says where.
    void run(Dimensions place);

    // Where an access to bytes of a space goes, after all checks. The bytes of a write are wanted before they are written.
    uint8_t* global(Thread& thread, const Instruction* instruction, uint64_t address, uint64_t bytes, Use use, const uint8_t* written);
    uint8_t* shared(Thread& thread, const Instruction* instruction, uint64_t address, uint64_t bytes, Use use, const uint8_t* written);
    static uint8_t* local(Thread& thread, const Instruction* instruction, uint64_t address, uint64_t bytes);

private:
    friend class Warp;

    // Where an instruction's last access to global memory was. Most access the same allocation again.
    struct Window {
        uint64_t base = 0;
        uint64_t starts = 0;  // how many addresses an access can have, so that it lies in the allocation
        Allocation* allocation = nullptr;
    };

    void prepare(Thread& thread);
    void advance(Thread& thread);
    bool runWarp(int first);
    uint64_t special(Special which, int thread) const;
    void findWindow(Thread& thread, const Instruction* instruction, uint64_t address, uint64_t bytes);
    Access access(const Thread& thread, uint32_t scope, Use use) const;
    void note(Thread& thread, const Instruction* instruction, Shadow* shadow, Access access, uint64_t bytes, Use use,
        const uint8_t* before, const uint8_t* written, const char* space);
    std::string place(const Thread& thread, const Instruction* instruction) const;
    size_t index(const Instruction* instruction) const { return static_cast<size_t>(instruction - kernel_.code.data()); }

    const Kernel& kernel_;
    const Dimensions grid_;
    const Dimensions dimensions_;
    Memory& memory_;
    const bool races_;
    const uint64_t sharedBytes_;
    const uint32_t launch_;
    Dimensions place_{};
    uint32_t number_ = 0;
    uint32_t runs_ = 0;
    uint16_t barriers_ = 0;
    std::vector<uint16_t> warpBarriers_;
    std::vector<Thread> threads_;
    std::vector<uint64_t> shared_;  // in words of 8 bytes, for the sake of alignment
    std::vector<Window> windows_;
    std::unique_ptr<Shadow[], FreeShadow> sharedShadow_;
};

inline uint8_t* Block::global(
    Thread& thread, const Instruction* instruction, uint64_t address, uint64_t bytes, Use use, const uint8_t* written) {
    Window& window = windows_[index(instruction)];
    if (__builtin_expect(address - window.base >= window.starts || (address & (bytes - 1)) != 0, 0))
        findWindow(thread, instruction, address, bytes);
    uint8_t* memory = reinterpret_cast<uint8_t*>(address);
    if (__builtin_expect(races_, 0)) {
        Allocation& allocation = *window.allocation;
        if (allocation.shadow == nullptr)
            allocation.shadow = makeShadow(allocation.size);
        Shadow* shadow = &allocation.shadow[address - allocation.base];
        note(thread, instruction, shadow, access(thread, launch_, use), bytes, use, memory, written, "global");
    }
    return memory;
}

// Throws the Fault of an access to shared or local memory of this size.
[[noreturn]] void failAccess(Thread& thread, const Instruction* instruction, const char* space, uint64_t at, uint64_t bytes, uint64_t size);

// Whether an access lies within memory of this size and is aligned. The number of bytes is a power of two.
inline bool isProper(uint64_t at, uint64_t bytes, uint64_t size) {
    return __builtin_expect(at + bytes <= size && (at & (bytes - 1)) == 0, 1);
}

inline uint8_t* Block::shared(
    Thread& thread, const Instruction* instruction, uint64_t address, uint64_t bytes, Use use, const uint8_t* written) {
    const uint64_t at = static_cast<uint32_t>(address);
    if (!isProper(at, bytes, sharedBytes_))
        failAccess(thread, instruction, "shared", at, bytes, sharedBytes_);
    uint8_t* memory = reinterpret_cast<uint8_t*>(shared_.data()) + at;
    if (__builtin_expect(races_, 0))
        note(thread, instruction, &sharedShadow_[at], access(thread, runs_, use), bytes, use, memory, written, "shared");
    return memory;
}

inline uint8_t* Block::local(Thread& thread, const Instruction* instruction, uint64_t address, uint64_t bytes) {
    const uint64_t at = static_cast<uint32_t>(address);
    if (!isProper(at, bytes, thread.localBytes))
        failAccess(thread, instruction, "local", at, bytes, thread.localBytes);
    return thread.local + at;
}

// Runs all blocks of a grid, one after another.
void run(const Kernel& kernel, Dimensions grid, Dimensions block, const uint8_t* parameters, Memory& memory);

}
