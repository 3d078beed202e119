// The exported functions about the device and its contexts. There is one device, which has the limits of a GPU of compute capability 9.0.
#include "driver.h"
#include <algorithm>
#include <cstdio>

using namespace ptx;

// Names of the attributes that are not 0, as in the driver's header.
enum Attribute {
    MaxThreadsPerBlock = 1,
    MaxBlockDimX,
    MaxBlockDimY,
    MaxBlockDimZ,
    MaxGridDimX,
    MaxGridDimY,
    MaxGridDimZ,
    MaxSharedMemoryPerBlock,
    TotalConstantMemory,
    WarpSize,
    MaxPitch,
    MaxRegistersPerBlock,
    ClockRate,
    MultiprocessorCount = 16,
    CanMapHostMemory = 19,
    MemoryClockRate = 36,
    GlobalMemoryBusWidth = 37,
    L2CacheSize = 38,
    MaxThreadsPerMultiprocessor = 39,
    UnifiedAddressing = 41,
    ComputeCapabilityMajor = 75,
    ComputeCapabilityMinor = 76,
    MaxSharedMemoryPerMultiprocessor = 81,
    MaxRegistersPerMultiprocessor = 82,
    CanUseHostPointerForRegisteredMemory = 91,
};

static int attribute(int which) {
    switch (which) {
        case MaxThreadsPerBlock: return MaximalThreads;
        case MaxBlockDimX: return 1024;
        case MaxBlockDimY: return 1024;
        case MaxBlockDimZ: return 64;
        case MaxGridDimX: return 2147483647;
        case MaxGridDimY: return MaximalBlocks;
        case MaxGridDimZ: return MaximalBlocks;
        case MaxSharedMemoryPerBlock: return SharedBytes;
        case TotalConstantMemory: return 64 * 1024;
        case WarpSize: return 32;
        case MaxPitch: return 2147483647;
        case MaxRegistersPerBlock: return 64 * 1024;
        case ClockRate: return 1980000;
        case CanMapHostMemory: return 1;
        case UnifiedAddressing: return 1;
        case CanUseHostPointerForRegisteredMemory: return 1;
        case MultiprocessorCount: return Multiprocessors;
        case MemoryClockRate: return 2619000;
        case GlobalMemoryBusWidth: return 5120;
        case L2CacheSize: return 50 * 1024 * 1024;
        case MaxThreadsPerMultiprocessor: return 2048;
        case ComputeCapabilityMajor: return 9;
        case ComputeCapabilityMinor: return 0;
        case MaxSharedMemoryPerMultiprocessor: return 228 * 1024;
        case MaxRegistersPerMultiprocessor: return 64 * 1024;
        default: return 0;
    }
}

EXPORT cuInit(int) {
    return Success;
}

EXPORT cuDriverGetVersion(int* version) {
    *version = 12020;
    return Success;
}

EXPORT cuGetErrorString(int error, const char** text) {
    static thread_local char buffer[64];
    std::snprintf(buffer, sizeof buffer, "error %d of the PTX interpreter", error);
    *text = buffer;
    return Success;
}

EXPORT cuDeviceGet(int* device, int) {
    *device = 0;
    return Success;
}

EXPORT cuDeviceGetCount(int* count) {
    *count = 1;
    return Success;
}

EXPORT cuDeviceGetName(char* name, int size, int) {
    std::snprintf(name, static_cast<size_t>(size), "PTX interpreter");
    return Success;
}

EXPORT cuDeviceTotalMem_v2(uint64_t* bytes, int) {
    *bytes = DeviceBytes;
    return Success;
}

EXPORT cuDeviceGetAttribute(int* value, int which, int) {
    *value = attribute(which);
    return Success;
}

EXPORT cuDeviceCanAccessPeer(int* can, int, int) {
    *can = 0;
    return Success;
}

EXPORT cuDeviceGetP2PAttribute(int* value, int, int, int) {
    *value = 0;
    return Success;
}

// Any handle will do.
EXPORT cuCtxCreate_v2(void** context, int, int) {
    const Lock lock(driver().gate);
    driver().contexts++;
    contextsHere++;
    *context = &driver();
    return Success;
}

// A fault ends with the context.
EXPORT cuCtxDestroy_v2(void*) {
    const Lock lock(driver().gate);
    contextsHere = std::max(0, contextsHere - 1);
    if (--driver().contexts == 0)
        driver().streams.forgetFault();
    return Success;
}

EXPORT cuCtxSetCurrent(void* context) {
    contextsHere = context == nullptr ? 0 : std::max(contextsHere, 1);
    return Success;
}

EXPORT cuCtxSynchronize() {
    NEEDS_CONTEXT;
    const Lock lock(driver().gate);
    const int refusal = driver().streams.refuseAllCaptures();
    return refusal != Success ? refusal : driver().streams.finishAll();
}

EXPORT cuCtxGetCacheConfig(int* configuration) {
    *configuration = 0;
    return Success;
}

EXPORT cuCtxSetCacheConfig(int) {
    return Success;
}

EXPORT cuCtxGetSharedMemConfig(int* configuration) {
    *configuration = 0;
    return Success;
}

EXPORT cuCtxSetSharedMemConfig(int) {
    return Success;
}

EXPORT cuCtxEnablePeerAccess(void*, int) {
    return Success;
}

EXPORT cuCtxDisablePeerAccess(void*) {
    return Success;
}

// The launcher asks for these to choose a grid. Any plausible answer is right.
EXPORT cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, void*, int, uint64_t) {
    *blocks = 2;
    return Success;
}

EXPORT cuOccupancyMaxPotentialBlockSize(int* grid, int* block, void*, void*, uint64_t, int) {
    *grid = Multiprocessors;
    *block = 256;
    return Success;
}
