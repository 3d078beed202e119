// What the self-test calls and how it reports.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <vector>

extern "C" {
int cuCtxCreate_v2(void** context, int flags, int device);
int cuCtxDestroy_v2(void* context);
int cuCtxSynchronize();
int cuMemAlloc_v2(uint64_t* address, uint64_t bytes);
int cuMemFree_v2(uint64_t address);
int cuMemAllocHost_v2(uint64_t* address, uint64_t bytes);
int cuMemFreeHost(uint64_t address);
int cuMemcpyAsync(uint64_t to, uint64_t from, uint64_t bytes, void* stream);
int cuModuleLoadData(void** module, const char* text);
int cuModuleGetFunction(void** kernel, void* module, const char* name);
int cuLaunchKernel(void* kernel, int, int, int, int, int, int, int sharedBytes, void* stream, void** arguments, void** extra);
int cuStreamCreate(void** stream, int flags);
int cuStreamDestroy_v2(void* stream);
int cuStreamSynchronize(void* stream);
int cuStreamBeginCapture_v2(void* stream, int mode);
int cuStreamEndCapture(void* stream, void** graph);
int cuStreamIsCapturing(void* stream, int* status);
int cuGraphInstantiateWithFlags(void** executable, void* graph, unsigned long long flags);
int cuGraphLaunch(void* executable, void* stream);
int cuGraphExecDestroy(void* executable);
int cuGraphDestroy(void* graph);
}

inline std::string logPath;
inline int passed = 0;
inline int failed = 0;
inline bool right = true;

inline void expect(bool condition, const char* what) {
    if (condition)
        return;
    std::printf("    not so: %s\n", what);
    right = false;
}

inline void expectCode(int code, int expected, const char* call) {
    if (code == expected)
        return;
    std::printf("    %s returned %d, not %d\n", call, code, expected);
    right = false;
}

inline void expectLog(const std::string& part) {
    std::ifstream file(logPath);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (part.empty() ? text.empty() : text.find(part) != std::string::npos)
        return;
    std::printf("    the log does not say \"%s\" but \"%s\"\n", part.c_str(), text.c_str());
    right = false;
}

inline void test(const char* name, const std::function<void()>& body) {
    void* context = nullptr;
    cuCtxCreate_v2(&context, 0, 0);
    std::remove(logPath.c_str());
    right = true;
    body();
    cuCtxDestroy_v2(context);
    std::printf("%s %s\n", right ? "pass" : "FAIL", name);
    (right ? passed : failed)++;
}

inline void* load(const std::string& text) {
    const size_t name = text.find(".entry ") + 7;
    void* module = nullptr;
    void* function = nullptr;
    expectCode(cuModuleLoadData(&module, text.c_str()), 0, "cuModuleLoadData");
    if (module != nullptr)
        expectCode(cuModuleGetFunction(&function, module, text.substr(name, text.find('(') - name).c_str()), 0, "cuModuleGetFunction");
    return function;
}

inline int launch(void* function, int blocks, int threads, std::vector<void*> arguments, void* stream = nullptr) {
    return cuLaunchKernel(function, blocks, 1, 1, threads, 1, 1, 0, stream, arguments.data(), nullptr);
}

template <class T>
inline uint64_t address(T* pointer) {
    return reinterpret_cast<uint64_t>(pointer);
}

// An array on the device.
template <class T>
struct Array {
    explicit Array(const std::vector<T>& values) : count(values.size()) {
        expectCode(cuMemAlloc_v2(&at, count * sizeof(T)), 0, "cuMemAlloc");
        expectCode(cuMemcpyAsync(at, address(values.data()), count * sizeof(T), nullptr), 0, "cuMemcpyAsync");
        expectCode(cuCtxSynchronize(), 0, "cuCtxSynchronize");
    }

    ~Array() { cuMemFree_v2(at); }

    std::vector<T> read() const {
        std::vector<T> values(count);
        expectCode(cuMemcpyAsync(address(values.data()), at, count * sizeof(T), nullptr), 0, "cuMemcpyAsync");
        return values;
    }

    uint64_t at = 0;
    size_t count;
};
