// Allocations in the order of their addresses.
#include "memory.h"
#include "instruction.h"
#include <cstring>
#include <sys/mman.h>

namespace ptx {

uint64_t Memory::allocate(uint64_t bytes) {
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return 0;
    std::memset(memory, PoisonByte, bytes);
    const uint64_t address = reinterpret_cast<uint64_t>(memory);
    allocations_[address] = {address, bytes, true, nullptr};
    used_ += bytes;
    return address;
}

void Memory::adopt(uint64_t address, uint64_t bytes) {
    allocations_[address] = {address, bytes, false, nullptr};
    used_ += bytes;
}

bool Memory::release(uint64_t address) {
    const auto found = allocations_.find(address);
    if (found == allocations_.end())
        return false;
    used_ -= found->second.size;
    if (found->second.owned)
        munmap(reinterpret_cast<void*>(address), found->second.size);
    allocations_.erase(found);
    return true;
}

Allocation* Memory::find(uint64_t address) {
    auto next = allocations_.upper_bound(address);
    if (next == allocations_.begin())
        return nullptr;
    Allocation& allocation = (--next)->second;
    return allocation.contains(address, 1) ? &allocation : nullptr;
}

bool Memory::contains(uint64_t address, uint64_t bytes) {
    const Allocation* allocation = find(address);
    return allocation != nullptr && allocation->contains(address, bytes);
}

}
