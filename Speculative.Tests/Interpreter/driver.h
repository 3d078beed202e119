// The state that the exported functions share. One lock guards it all.
#pragma once
#include "environment.h"
#include "memory.h"
#include "streams.h"
#include <mutex>

namespace ptx {

constexpr uint64_t DeviceBytes = uint64_t{64} << 30;
constexpr int MaximalThreads = 1024;
constexpr int MaximalBlocks = 65535;  // in the second and third dimension
constexpr int SharedBytes = 48 * 1024;
constexpr int Multiprocessors = 132;

struct Driver {
    std::recursive_mutex gate;
    Memory device;
    Memory pageLocked;
    Streams streams;
    int contexts = 0;
};

// Never destroyed, because finalizers may call the driver until the process ends.
inline Driver& driver() {
    static Driver& instance = *new Driver;
    return instance;
}

using Lock = std::lock_guard<std::recursive_mutex>;

// The contexts on the calling thread's stack. All share the memory and the streams, so it does not matter which is the current one.
inline thread_local int contextsHere = 0;

inline int refuseWithoutContext(const char* function) {
    log(std::string("refused: ") + function + " on a thread without a context");
    return InvalidContext;
}

}

// What the driver does for the current context only. Destroying needs none here: finalizers do it on threads of their own.
#define NEEDS_CONTEXT if (contextsHere == 0) return refuseWithoutContext(__func__)

#define EXPORT extern "C" __attribute__((visibility("default"))) int
