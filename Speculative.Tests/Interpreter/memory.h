// Memory that the driver hands out or knows of: the device's, and the host's page-locked memory. Both live in this process.
#pragma once
#include "races.h"
#include <cstdint>
#include <map>
#include <memory>

namespace ptx {

struct Allocation {
    uint64_t base;
    uint64_t size;
    bool owned;
    std::unique_ptr<Shadow[], FreeShadow> shadow;  // made at the first access while races are looked for

    bool contains(uint64_t address, uint64_t bytes) const {
        return address >= base && bytes <= size && address - base <= size - bytes;
    }
};

class Memory {
public:
    // Poisoned memory, or 0 where the host has none.
    uint64_t allocate(uint64_t bytes);

    // Makes memory known that somebody else allocated.
    void adopt(uint64_t address, uint64_t bytes);

    // False where nothing was allocated or adopted at this address.
    bool release(uint64_t address);

    // The allocation in which the address lies, or null.
    Allocation* find(uint64_t address);

    // Whether all these bytes lie in one allocation.
    bool contains(uint64_t address, uint64_t bytes);

    uint64_t used() const { return used_; }

private:
    std::map<uint64_t, Allocation> allocations_;
    uint64_t used_ = 0;
};

}
