// What orders two accesses, and how accesses are remembered.
#include "races.h"
#include "environment.h"
#include <new>

namespace ptx {

static bool inOrder(const Access& earlier, const Access& later) {
    if (earlier.scope != later.scope)
        return true;
    if (earlier.atomic && later.atomic)
        return true;
    if (earlier.block != later.block)
        return false;
    if (earlier.barrier != later.barrier || earlier.thread == later.thread)
        return true;
    return earlier.warp == later.warp && earlier.warpBarrier != later.warpBarrier;
}

static std::string describe(const char* what, const Access& access) {
    const auto name = [](int number) { return number == Access::Several ? std::string("several") : std::to_string(number); };
    return std::string(what) + " of block " + name(access.block) + " thread " + name(access.thread);
}

// Reads that nothing orders are remembered together. A read after a barrier replaces the earlier ones, since whoever is ordered after it
// is ordered after them.
static void remember(Access& reads, const Access& read) {
    if (reads.scope != read.scope) {
        reads = read;
    } else if (reads.block != read.block) {
        reads.block = Access::Several;
        reads.thread = Access::Several;
        reads.warp = Access::Several;
    } else if (reads.barrier != read.barrier || (reads.warp == read.warp && reads.warpBarrier != read.warpBarrier)) {
        reads = read;
    } else {
        if (reads.thread != read.thread)
            reads.thread = Access::Several;
        if (reads.warp != read.warp)
            reads.warp = Access::Several;
    }
}

std::unique_ptr<Shadow[], FreeShadow> makeShadow(uint64_t bytes) {
    void* memory = std::calloc(bytes, sizeof(Shadow));
    if (memory == nullptr)
        throw std::bad_alloc();
    return std::unique_ptr<Shadow[], FreeShadow>(static_cast<Shadow*>(memory));
}

bool racesAreChecked() {
    static const bool checked = environmentFlag("SPECULATIVE_PTX_RACES");
    return checked;
}

std::string noteRead(Shadow* shadow, int bytes, const Access& access) {
    std::string race;
    for (int i = 0; i < bytes; i++) {
        if (!inOrder(shadow[i].write, access))
            race = describe("read after write", shadow[i].write);
        remember(shadow[i].read, access);
    }
    return race;
}

std::string noteWrite(Shadow* shadow, int bytes, const Access& access, const uint8_t* before, const uint8_t* after) {
    std::string race;
    for (int i = 0; i < bytes; i++) {
        if (!inOrder(shadow[i].write, access) && before[i] != after[i])
            race = describe("write after write", shadow[i].write);
        if (!inOrder(shadow[i].read, access))
            race = describe("write after read", shadow[i].read);
        shadow[i].write = access;
    }
    return race;
}

}
