// Streams, and graphs captured from them. Work on a stream is done only when somebody waits for it, as late as a GPU may do it. So a host
// buffer that is used again too early is found.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace ptx {

// The driver's codes.
enum Result : int {
    Success = 0,
    InvalidValue = 1,
    OutOfMemory = 2,
    InvalidContext = 201,
    InvalidPtx = 218,
    InvalidHandle = 400,
    IllegalState = 401,
    NotFound = 500,
    CaptureUnsupported = 900,
    CaptureInvalidated = 901,
    CaptureImplicit = 906,
    CapturedEvent = 907,
    CaptureWrongThread = 908,
};

// What a stream does: a launch, a copy, a fill. Throws a Fault.
using Work = std::function<void()>;

struct Graph {
    std::vector<Work> work;
};

enum class CaptureMode : int { Global, ThreadLocal, Relaxed };
enum class CaptureStatus : int { None, Active, Invalidated };

struct Stream {
    bool blocking;  // for the legacy stream
    std::deque<Work> pending;
    CaptureStatus capture = CaptureStatus::None;
    CaptureMode mode = CaptureMode::Global;
    std::thread::id capturer;
    Graph graph;
};

// All functions return one of the driver's codes, and after a fault that fault's code.
class Streams {
public:
    Streams();

    Stream* create(bool blocking);
    int destroy(Stream* stream);

    // The stream of a handle, of which null is the legacy stream. Null where there is none.
    Stream* find(Stream* handle);

    int enqueue(Stream& stream, Work work);
    int finish(Stream& stream);

    // Does what was enqueued before a capture began, which is allowed meanwhile.
    int reach(Stream& stream);

    // The same for all streams.
    int finishAll();

    int beginCapture(Stream& stream, CaptureMode mode);
    int endCapture(Stream& stream, Graph** graph);

    // For a call on a stream that cannot be captured: invalidates the capture, if there is one.
    int refuseCapture(Stream& stream);

    // For a call that captures forbid, such as allocating: invalidates those which concern the calling thread.
    int refuseCaptures();

    // For a call that no capture survives, whoever makes it: waiting for the whole device.
    int refuseAllCaptures();

    int fault() const { return fault_; }

    // What a new context would not know of.
    void forgetFault();

private:
    int keepOrder(Stream& stream);
    void drain(Stream& stream);

    std::vector<std::unique_ptr<Stream>> streams_;  // the first is the legacy stream
    int fault_ = Success;
};

}
