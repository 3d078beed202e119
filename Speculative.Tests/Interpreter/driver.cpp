// The exported functions about modules, launches, streams, events and graphs.
#include "driver.h"
#include "block.h"
#include "environment.h"
#include "fault.h"
#include "parser.h"
#include <chrono>
#include <cstring>

using namespace ptx;

struct Module {
    Kernels kernels;
};

struct Event {
    double milliseconds = 0;
    Stream* stream = nullptr;
    bool captured = false;
};

static double now() {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

EXPORT cuModuleLoadData(Module** module, const char* text) {
    NEEDS_CONTEXT;
    const Lock lock(driver().gate);
    *module = nullptr;  // whoever unloads what was refused unloads nothing
    const int refusal = driver().streams.refuseCaptures();
    if (refusal != Success)
        return refusal;
    try {
        *module = new Module{parse(text)};
        return driver().streams.fault();
    } catch (std::exception& error) {
        log(std::string("refused: ") + error.what());
        return InvalidPtx;
    }
}

EXPORT cuModuleLoadDataEx(Module** module, const char* text, int, void*, void*) {
    return cuModuleLoadData(module, text);
}

EXPORT cuModuleUnload(Module* module) {
    const Lock lock(driver().gate);
    const int result = driver().streams.finishAll();
    delete module;
    return result;
}

EXPORT cuModuleGetFunction(Kernel** kernel, Module* module, const char* name) {
    const auto found = module->kernels.find(name);
    if (found == module->kernels.end())
        return NotFound;
    *kernel = found->second.get();
    return Success;
}

// There is no machine code, so no registers are counted, and nothing spills.
EXPORT cuFuncGetAttribute(int* value, int which, const Kernel*) {
    constexpr int registers = 4;
    *value = which == registers ? 32 : 0;
    return Success;
}

static bool fits(const Kernel& kernel, Dimensions grid, Dimensions block, int sharedBytes) {
    if (grid.x < 1 || grid.y < 1 || grid.z < 1 || grid.y > MaximalBlocks || grid.z > MaximalBlocks)
        return false;
    if (block.x < 1 || block.y < 1 || block.z < 1 || block.x > MaximalThreads || block.y > MaximalThreads || block.z > 64)
        return false;
    const int threads = std::min(MaximalThreads, kernel.maximalThreads);
    return block.threads() <= threads && sharedBytes == 0 && kernel.sharedBytes <= SharedBytes;
}

static std::string text(Dimensions size) {
    return std::to_string(size.x) + "," + std::to_string(size.y) + "," + std::to_string(size.z);
}

// Parameters come one by one, or as a buffer whose address and size are marked with 1 and 2 in a list that ends with 0. Returns none
// where the buffer is too small.
static std::vector<uint8_t> parameterBytes(const Kernel& kernel, void** arguments, void** extra) {
    std::vector<uint8_t> bytes(kernel.parameterBytes);
    if (arguments != nullptr) {
        for (size_t i = 0; i < kernel.parameters.size(); i++)
            std::memcpy(bytes.data() + kernel.parameters[i].offset, arguments[i], kernel.parameters[i].size);
        return bytes;
    }
    const void* buffer = nullptr;
    uint64_t size = 0;
    for (void** item = extra; item != nullptr && *item != nullptr; item += 2) {
        if (reinterpret_cast<uint64_t>(item[0]) == 1)
            buffer = item[1];
        else
            std::memcpy(&size, item[1], sizeof size);
    }
    if (size < bytes.size())
        return {};
    std::memcpy(bytes.data(), buffer, bytes.size());
    return bytes;
}

EXPORT cuLaunchKernel(const Kernel* kernel, int gridX, int gridY, int gridZ, int blockX, int blockY, int blockZ, int sharedBytes,
    Stream* handle, void** arguments, void** extra) {
    NEEDS_CONTEXT;
    const Lock lock(driver().gate);
    Stream* stream = driver().streams.find(handle);
    if (stream == nullptr)
        return InvalidHandle;
    const Dimensions grid{gridX, gridY, gridZ};
    const Dimensions block{blockX, blockY, blockZ};
    if (!fits(*kernel, grid, block, sharedBytes)) {
        log("refused: " + kernel->name + " cannot run with grid " + text(grid) + " block " + text(block) + " dynamic shared memory "
            + std::to_string(sharedBytes));
        return InvalidValue;
    }
    const std::vector<uint8_t> parameters = parameterBytes(*kernel, arguments, extra);
    if (parameters.size() != static_cast<size_t>(kernel->parameterBytes)) {
        log("refused: " + kernel->name + " needs " + std::to_string(kernel->parameterBytes) + " bytes of parameters");
        return InvalidValue;
    }
    return driver().streams.enqueue(*stream, [=] { run(*kernel, grid, block, parameters.data(), driver().device); });
}

EXPORT cuStreamCreate(Stream** stream, int flags) {
    NEEDS_CONTEXT;
    const Lock lock(driver().gate);
    *stream = driver().streams.create((flags & 1) == 0);
    return driver().streams.fault();
}

EXPORT cuStreamCreateWithPriority(Stream** stream, int flags, int) {
    return cuStreamCreate(stream, flags);
}

EXPORT cuStreamDestroy_v2(Stream* stream) {
    const Lock lock(driver().gate);
    return driver().streams.destroy(stream);
}

EXPORT cuStreamSynchronize(Stream* handle) {
    NEEDS_CONTEXT;
    const Lock lock(driver().gate);
    Stream* stream = driver().streams.find(handle);
    return stream == nullptr ? static_cast<int>(InvalidHandle) : driver().streams.finish(*stream);
}

EXPORT cuStreamBeginCapture_v2(Stream* handle, int mode) {
    NEEDS_CONTEXT;
    const Lock lock(driver().gate);
    Stream* stream = driver().streams.find(handle);
    if (stream == nullptr)
        return InvalidHandle;
    if (mode < 0 || mode > 2)
        return InvalidValue;
    return driver().streams.beginCapture(*stream, static_cast<CaptureMode>(mode));
}

EXPORT cuStreamEndCapture(Stream* handle, Graph** graph) {
    const Lock lock(driver().gate);
    Stream* stream = driver().streams.find(handle);
    return stream == nullptr ? static_cast<int>(InvalidHandle) : driver().streams.endCapture(*stream, graph);
}

EXPORT cuStreamIsCapturing(Stream* handle, int* status) {
    const Lock lock(driver().gate);
    Stream* stream = driver().streams.find(handle);
    if (stream == nullptr)
        return InvalidHandle;
    *status = static_cast<int>(stream->capture);
    return driver().streams.fault();
}

// An executable graph is a graph of its own, so that either may be destroyed first.
EXPORT cuGraphInstantiateWithFlags(Graph** executable, const Graph* graph, unsigned long long) {
    NEEDS_CONTEXT;
    const Lock lock(driver().gate);
    *executable = new Graph(*graph);
    return driver().streams.fault();
}

EXPORT cuGraphLaunch(const Graph* executable, Stream* handle) {
    NEEDS_CONTEXT;
    const Lock lock(driver().gate);
    Stream* stream = driver().streams.find(handle);
    if (stream == nullptr)
        return InvalidHandle;
    for (const Work& work : executable->work) {
        const int result = driver().streams.enqueue(*stream, work);
        if (result != Success)
            return result;
    }
    return driver().streams.fault();
}

EXPORT cuGraphExecDestroy(Graph* executable) {
    delete executable;
    return Success;
}

EXPORT cuGraphDestroy(Graph* graph) {
    delete graph;
    return Success;
}

EXPORT cuEventCreate(Event** event, int) {
    NEEDS_CONTEXT;
    *event = new Event;
    return Success;
}

// An event's time is when the stream came to it. In a capture it is only a mark, which nobody can wait for.
EXPORT cuEventRecord(Event* event, Stream* handle) {
    NEEDS_CONTEXT;
    const Lock lock(driver().gate);
    Stream* stream = driver().streams.find(handle);
    if (stream == nullptr)
        return InvalidHandle;
    event->captured = stream->capture == CaptureStatus::Active;
    if (event->captured)
        return Success;
    event->stream = stream;
    return driver().streams.enqueue(*stream, [=] { event->milliseconds = now(); });
}

EXPORT cuEventSynchronize(Event* event) {
    const Lock lock(driver().gate);
    if (event->captured)
        return CapturedEvent;
    if (event->stream == nullptr || driver().streams.find(event->stream) == nullptr)
        return driver().streams.fault();
    return driver().streams.reach(*event->stream);
}

// Whoever asks again and again waits.
EXPORT cuEventQuery(Event* event) {
    return cuEventSynchronize(event);
}

EXPORT cuEventDestroy_v2(Event* event) {
    cuEventSynchronize(event);
    delete event;
    return Success;
}

EXPORT cuEventElapsedTime(float* milliseconds, const Event* start, const Event* end) {
    *milliseconds = static_cast<float>(end->milliseconds - start->milliseconds);
    return Success;
}
