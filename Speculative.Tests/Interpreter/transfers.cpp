// The exported functions about memory: allocating, copying and filling.
#include "driver.h"
#include "environment.h"
#include "fault.h"
#include <cstring>

using namespace ptx;

static uint8_t* pointer(uint64_t address) {
    return reinterpret_cast<uint8_t*>(address);
}

static int allocate(Memory& memory, uint64_t* address, uint64_t bytes) {
    const int refusal = driver().streams.refuseCaptures();
    if (refusal != Success)
        return refusal;
    if (bytes == 0)
        return InvalidValue;
    if (memory.used() + bytes > DeviceBytes)
        return OutOfMemory;
    *address = memory.allocate(bytes);
    return *address == 0 ? OutOfMemory : driver().streams.fault();
}

static int release(Memory& memory, uint64_t address) {
    const int refusal = driver().streams.refuseCaptures();
    if (refusal != Success)
        return refusal;
    driver().streams.finishAll();
    return memory.release(address) ? driver().streams.fault() : static_cast<int>(InvalidValue);
}

// Memory that the driver does not know is the host's pageable memory, of any size.
static bool isPageable(uint64_t address) {
    return driver().device.find(address) == nullptr && driver().pageLocked.find(address) == nullptr;
}

static bool isKnown(uint64_t address, uint64_t bytes) {
    return driver().device.contains(address, bytes) || driver().pageLocked.contains(address, bytes);
}

static int refuseOutside(const char* what) {
    log(std::string("refused: ") + what + " is out of bounds");
    return InvalidValue;
}

EXPORT cuMemGetInfo_v2(uint64_t* free, uint64_t* total) {
    NEEDS_CONTEXT;
    const Lock lock(driver().gate);
    *free = DeviceBytes - driver().device.used();
    *total = DeviceBytes;
    return Success;
}

EXPORT cuMemAlloc_v2(uint64_t* address, uint64_t bytes) {
    NEEDS_CONTEXT;
    const Lock lock(driver().gate);
    return allocate(driver().device, address, bytes);
}

EXPORT cuMemFree_v2(uint64_t address) {
    const Lock lock(driver().gate);
    return release(driver().device, address);
}

EXPORT cuMemAllocHost_v2(uint64_t* address, uint64_t bytes) {
    NEEDS_CONTEXT;
    const Lock lock(driver().gate);
    return allocate(driver().pageLocked, address, bytes);
}

EXPORT cuMemFreeHost(uint64_t address) {
    const Lock lock(driver().gate);
    return release(driver().pageLocked, address);
}

EXPORT cuMemHostRegister_v2(uint64_t address, uint64_t bytes, int) {
    NEEDS_CONTEXT;
    const Lock lock(driver().gate);
    driver().pageLocked.adopt(address, bytes);
    return driver().streams.fault();
}

EXPORT cuMemHostUnregister(uint64_t address) {
    const Lock lock(driver().gate);
    return release(driver().pageLocked, address);
}

EXPORT cuMemHostGetDevicePointer_v2(uint64_t* device, uint64_t address, int) {
    NEEDS_CONTEXT;
    *device = address;
    return Success;
}

EXPORT cuPointerGetAttribute(void*, int, void*) {
    return InvalidValue;
}

// As the driver does it, a pageable source is read at once, and a pageable destination makes the caller wait. Page-locked memory is
// read and written when the copy runs.
EXPORT cuMemcpyAsync(uint64_t to, uint64_t from, uint64_t bytes, Stream* handle) {
    NEEDS_CONTEXT;
    const Lock lock(driver().gate);
    Stream* stream = driver().streams.find(handle);
    if (stream == nullptr)
        return InvalidHandle;
    const bool fromPageable = isPageable(from);
    const bool toPageable = isPageable(to);
    if ((!fromPageable && !isKnown(from, bytes)) || (!toPageable && !isKnown(to, bytes)))
        return refuseOutside("a copy");
    if ((fromPageable || toPageable) && stream->capture != CaptureStatus::None)
        return driver().streams.refuseCapture(*stream);
    std::shared_ptr<std::vector<uint8_t>> staged;
    if (fromPageable)
        staged = std::make_shared<std::vector<uint8_t>>(pointer(from), pointer(from) + bytes);
    const int result = driver().streams.enqueue(*stream, [=] {
        // A graph may run, or a stream come to its work, after memory was freed.
        if ((!fromPageable && !isKnown(from, bytes)) || (!toPageable && !isKnown(to, bytes)))
            throw Fault("a copy of memory that is no longer there");
        std::memmove(pointer(to), staged != nullptr ? staged->data() : pointer(from), bytes);
    });
    return result == Success && toPageable ? driver().streams.finish(*stream) : result;
}

EXPORT cuMemsetD8Async(uint64_t address, uint8_t value, uint64_t bytes, Stream* handle) {
    NEEDS_CONTEXT;
    const Lock lock(driver().gate);
    Stream* stream = driver().streams.find(handle);
    if (stream == nullptr)
        return InvalidHandle;
    if (!driver().device.contains(address, bytes))
        return refuseOutside("a fill");
    return driver().streams.enqueue(*stream, [=] {
        if (!driver().device.contains(address, bytes))
            throw Fault("a fill of memory that is no longer there");
        std::memset(pointer(address), value, bytes);
    });
}
