// Races: two accesses to a byte, at least one of them a write, by threads that nothing orders. Every byte has a shadow that remembers
// its last write and its last reads. Looking for races is slow, so it happens on request.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

namespace ptx {

// Who accessed a byte, and when.
struct Access {
    static constexpr int Several = -1;

    uint32_t scope = 0;        // for global memory the launch, for shared memory the run of the block; 0 is no access
    int32_t block = 0;         // or Several
    uint16_t barrier = 0;      // how many barriers the block had passed
    uint16_t warpBarrier = 0;  // how many barriers of its own the warp had passed
    int16_t thread = 0;        // or Several
    int8_t warp = 0;           // or Several
    bool atomic = false;
};

struct Shadow {
    Access write;
    Access read;
};

struct FreeShadow {
    void operator()(Shadow* shadow) const { std::free(shadow); }
};

// Zeroed pages that the host provides when they are touched.
std::unique_ptr<Shadow[], FreeShadow> makeShadow(uint64_t bytes);

// Whether SPECULATIVE_PTX_RACES asks for them.
bool racesAreChecked();

// Both return what a race was with, or an empty text. A write of the bytes that are there already races with no earlier write.
std::string noteRead(Shadow* shadow, int bytes, const Access& access);
std::string noteWrite(Shadow* shadow, int bytes, const Access& access, const uint8_t* before, const uint8_t* after);

}
