// Shows that the interpreter finds the mistakes it claims to find, and that right kernels compute what they should. Uses the exported
// functions only, as a program with a GPU would.
#include "selftest.h"
#include "selftest_kernels.h"
#include <thread>
#include <unistd.h>

// A kernel with one array of zeros, which should fail.
static void expectFault(const std::string& text, int threads, int code, const std::string& message) {
    Array<uint32_t> y{std::vector<uint32_t>(threads)};
    expectCode(launch(load(text), 1, threads, {&y.at}), 0, "cuLaunchKernel");
    expectCode(cuCtxSynchronize(), code, "cuCtxSynchronize");
    expectCode(cuStreamSynchronize(nullptr), code, "a later call");
    expectLog(message);
}

static void expectExchange(const std::string& distance, const std::string& barrier, const std::string& message) {
    Array<uint32_t> y{std::vector<uint32_t>(64)};
    launch(load(exchange(distance, barrier)), 1, 64, {&y.at});
    const std::vector<uint32_t> values = y.read();
    if (message.empty())
        for (uint32_t i = 0; i < 64; i++)
            expect(values[i] == (i ^ static_cast<uint32_t>(std::stoi(distance))), "the threads exchanged their numbers");
    expectLog(message);
}

static void computesSaxpy() {
    std::vector<float> x;
    std::vector<float> y;
    for (int i = 0; i < 1000; i++) {
        x.push_back(static_cast<float>(i));
        y.push_back(static_cast<float>(1000 - i));
    }
    Array<float> deviceX(x);
    Array<float> deviceY(y);
    int count = 1000;
    float factor = 3;
    launch(load(saxpy()), 8, 128, {&count, &factor, &deviceX.at, &deviceY.at});
    const std::vector<float> result = deviceY.read();
    for (int i = 0; i < count; i++)
        expect(result[i] == factor * x[i] + y[i], "y = 3 x + y");
    expectLog("");
}

static uint16_t bfloat16(int value) {
    const float number = static_cast<float>(value);
    uint32_t bits;
    std::memcpy(&bits, &number, 4);
    return static_cast<uint16_t>(bits >> 16);
}

static uint16_t half(int value) {
    const _Float16 number = static_cast<_Float16>(value);
    uint16_t bits;
    std::memcpy(&bits, &number, 2);
    return bits;
}

static void multipliesMatrices(const std::string& type, uint16_t (*convert)(int)) {
    std::vector<uint16_t> a;
    std::vector<uint16_t> b;
    std::vector<float> c;
    const auto left = [](int row, int k) { return (row * 7 + k * 3) % 11 - 5; };
    const auto above = [](int k, int column) { return (k * 5 + column * 2) % 13 - 6; };
    for (int i = 0; i < 256; i++)
        a.push_back(convert(left(i / 16, i % 16)));
    for (int i = 0; i < 128; i++)
        b.push_back(convert(above(i % 16, i / 16)));
    for (int i = 0; i < 128; i++)
        c.push_back(static_cast<float>(i));
    Array<uint16_t> deviceA(a);
    Array<uint16_t> deviceB(b);
    Array<float> deviceC(c);
    launch(load(multiply(type)), 1, 32, {&deviceA.at, &deviceB.at, &deviceC.at});
    const std::vector<float> result = deviceC.read();
    for (int row = 0; row < 16; row++) {
        for (int column = 0; column < 8; column++) {
            int sum = row * 8 + column;
            for (int k = 0; k < 16; k++)
                sum += left(row, k) * above(k, column);
            expect(result[row * 8 + column] == static_cast<float>(sum), "c = a b + c");
        }
    }
}

static void loadsMatrices(bool transposed) {
    std::vector<uint16_t> rows;
    for (int i = 0; i < 256; i++)
        rows.push_back(static_cast<uint16_t>(i * 3));
    Array<uint16_t> x(rows);
    Array<uint16_t> y{std::vector<uint16_t>(256)};
    launch(load(loadMatrices(transposed ? ".trans" : "")), 1, 32, {&x.at, &y.at});
    const std::vector<uint16_t> result = y.read();
    for (int lane = 0; lane < 32; lane++) {
        for (int i = 0; i < 8; i++) {
            const int row = lane / 4;
            const int column = 2 * (lane % 4) + i % 2;
            const int at = transposed ? column * 8 + row : row * 8 + column;
            expect(result[lane * 8 + i] == rows[i / 2 * 64 + at], "the lanes have their elements");
        }
    }
}

static void readsHostBufferLate() {
    uint64_t host = 0;
    cuMemAllocHost_v2(&host, 4);
    Array<uint32_t> y({0});
    uint32_t* buffer = reinterpret_cast<uint32_t*>(host);
    *buffer = 1;
    expectCode(cuMemcpyAsync(y.at, host, 4, nullptr), 0, "cuMemcpyAsync");
    *buffer = 2;
    expect(y.read()[0] == 2, "the copy took the later bytes");
    cuMemFreeHost(host);
}

static void refusesInCapture(const std::function<int(void* stream)>& call) {
    void* stream = nullptr;
    void* graph = nullptr;
    int status = 0;
    cuStreamCreate(&stream, 1);
    expectCode(cuStreamBeginCapture_v2(stream, 1), 0, "cuStreamBeginCapture");
    expectCode(call(stream), 900, "the call");
    expectCode(cuStreamIsCapturing(stream, &status), 0, "cuStreamIsCapturing");
    expect(status == 2, "the capture is invalidated");
    expectCode(cuStreamEndCapture(stream, &graph), 901, "cuStreamEndCapture");
    expect(graph == nullptr, "there is no graph");
    expectCode(cuStreamSynchronize(stream), 0, "cuStreamSynchronize");
    cuStreamDestroy_v2(stream);
}

// The graph copies a page-locked number to y and adds 1. Its parameter is changed after the capture, which must not matter.
static void runsGraphTwice() {
    void* stream = nullptr;
    void* graph = nullptr;
    void* executable = nullptr;
    uint64_t host = 0;
    cuStreamCreate(&stream, 1);
    cuMemAllocHost_v2(&host, 4);
    uint32_t* buffer = reinterpret_cast<uint32_t*>(host);
    Array<uint32_t> y({5});
    uint64_t parameter = y.at;
    void* function = load(increment());
    expectCode(cuStreamBeginCapture_v2(stream, 1), 0, "cuStreamBeginCapture");
    expectCode(cuMemcpyAsync(y.at, host, 4, stream), 0, "cuMemcpyAsync");
    expectCode(launch(function, 1, 1, {&parameter}, stream), 0, "cuLaunchKernel");
    expectCode(cuStreamEndCapture(stream, &graph), 0, "cuStreamEndCapture");
    parameter = 0;
    expect(y.read()[0] == 5, "a capture runs nothing");
    expectCode(cuGraphInstantiateWithFlags(&executable, graph, 0), 0, "cuGraphInstantiateWithFlags");
    expectCode(cuGraphDestroy(graph), 0, "cuGraphDestroy");
    for (const uint32_t value : {10u, 20u}) {
        *buffer = value;
        expectCode(cuGraphLaunch(executable, stream), 0, "cuGraphLaunch");
        expectCode(cuStreamSynchronize(stream), 0, "cuStreamSynchronize");
        expect(y.read()[0] == value + 1, "the graph took the number that was there when it ran");
    }
    expectCode(cuGraphExecDestroy(executable), 0, "cuGraphExecDestroy");
    cuMemFreeHost(host);
    cuStreamDestroy_v2(stream);
}

static void refusesTooManyThreads() {
    Array<uint32_t> y{std::vector<uint32_t>(65)};
    void* function = load(withPointer("", ".maxntid 64, 1, 1\n"));
    expectCode(launch(function, 1, 64, {&y.at}), 0, "cuLaunchKernel");
    expectCode(launch(function, 1, 65, {&y.at}), 1, "cuLaunchKernel");
    expectLog("cannot run");
}

static void refusesUnknownInstruction() {
    void* module = nullptr;
    expectCode(cuModuleLoadData(&module, kernel("", "vote.sync.all.pred %p1, %p2, -1;\n").c_str()), 218, "cuModuleLoadData");
    expectLog("vote.sync.all.pred is not interpreted");
}

static void runsLongLoop() {
    Array<uint32_t> y({0});
    launch(load(longLoop()), 1, 1, {&y.at});
    expect(y.read()[0] == 1048575, "the last round's number is there");
}

int main() {
    logPath = "/tmp/speculative-ptx-selftest-" + std::to_string(getpid()) + ".log";
    setenv("SPECULATIVE_PTX_LOG", logPath.c_str(), 1);
    setenv("SPECULATIVE_PTX_RACES", "1", 1);

    test("saxpy computes", computesSaxpy);
    test("a long loop ends", runsLongLoop);
    test("mma of bfloat16 is a product", [] { multipliesMatrices("bf16", bfloat16); });
    test("mma of half precision is a product", [] { multipliesMatrices("f16", half); });
    test("ldmatrix deals out rows", [] { loadsMatrices(false); });
    test("ldmatrix.trans deals out columns", [] { loadsMatrices(true); });
    test("an exchange with a barrier is right", [] { expectExchange("32", "bar.sync 0;", ""); });
    test("an exchange with a warp's barrier is right", [] { expectExchange("1", "bar.warp.sync 0xffffffff;", ""); });
    test("a missing barrier is a race", [] { expectExchange("32", "", "race: Kernel"); });
    test("a warp's barrier does not order warps", [] { expectExchange("32", "bar.warp.sync 0xffffffff;", "race: Kernel"); });
    test("a missing warp's barrier is a race", [] { expectExchange("1", "", "race: Kernel"); });
    test("a store out of bounds is a fault", [] { expectFault(increment("4"), 32, 700, "block 0,0,0 thread 31"); });
    test("a misaligned vector is a fault", [] { expectFault(misalignedVector(), 32, 716, "misaligned"); });
    test("a division by zero is a fault", [] { expectFault(divisionByZero(), 32, 700, "division by zero"); });
    test("a shuffle by half a warp is a fault", [] { expectFault(divergentShuffle(), 32, 700, "only 16 lanes"); });
    test("a block beyond .maxntid is refused", refusesTooManyThreads);
    test("an unknown instruction is refused by name", refusesUnknownInstruction);
    test("a page-locked buffer is read late", readsHostBufferLate);
    test("a graph runs twice", runsGraphTwice);

    uint32_t pageable = 0;
    uint64_t fresh = 0;
    void* context = nullptr;
    cuCtxCreate_v2(&context, 0, 0);
    void* module = nullptr;
    Array<uint32_t> y({0});
    test("a capture refuses pageable memory", [&] {
        refusesInCapture([&](void* stream) { return cuMemcpyAsync(y.at, address(&pageable), 4, stream); });
        refusesInCapture([&](void* stream) { return cuMemcpyAsync(address(&pageable), y.at, 4, stream); });
    });
    test("a capture refuses waiting", [] {
        refusesInCapture(cuStreamSynchronize);
        refusesInCapture([](void*) { return cuCtxSynchronize(); });
    });
    test("a call on a thread without a context is refused", [&] {
        std::thread([&] { expectCode(cuMemAlloc_v2(&fresh, 4), 201, "cuMemAlloc"); }).join();
        expectLog("cuMemAlloc_v2 on a thread without a context");
    });
    test("a capture refuses allocating, freeing and loading", [&] {
        refusesInCapture([&](void*) { return cuMemAlloc_v2(&fresh, 4); });
        refusesInCapture([&](void*) { return cuMemFree_v2(y.at); });
        refusesInCapture([&](void*) { return cuModuleLoadData(&module, saxpy().c_str()); });
    });

    std::remove(logPath.c_str());
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
