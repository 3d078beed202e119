// The rules of streams and of their capture.
#include "streams.h"
#include "environment.h"
#include "fault.h"
#include <algorithm>

namespace ptx {

Streams::Streams() {
    create(false);
}

Stream* Streams::create(bool blocking) {
    streams_.push_back(std::make_unique<Stream>());
    streams_.back()->blocking = blocking;
    return streams_.back().get();
}

Stream* Streams::find(Stream* handle) {
    if (handle == nullptr)
        return streams_[0].get();
    for (const auto& stream : streams_)
        if (stream.get() == handle)
            return handle;
    return nullptr;
}

int Streams::destroy(Stream* stream) {
    const auto found = std::find_if(streams_.begin() + 1, streams_.end(), [=](const auto& known) { return known.get() == stream; });
    if (found == streams_.end())
        return InvalidHandle;
    drain(*stream);
    streams_.erase(found);
    return fault_;
}

// SPECULATIVE_PTX_EAGER asks for work to be done at once, as early as a GPU may do it.
int Streams::enqueue(Stream& stream, Work work) {
    static const bool eager = environmentFlag("SPECULATIVE_PTX_EAGER");
    if (fault_ != Success)
        return fault_;
    if (stream.capture == CaptureStatus::Invalidated)
        return CaptureInvalidated;
    if (stream.capture == CaptureStatus::Active) {
        stream.graph.work.push_back(std::move(work));
        return Success;
    }
    const int order = keepOrder(stream);
    if (order != Success)
        return order;
    stream.pending.push_back(std::move(work));
    return eager ? finish(stream) : fault_;
}

// Work on the legacy stream comes after what blocking streams were given before, and the other way round. A capture cannot hold this.
int Streams::keepOrder(Stream& stream) {
    Stream& legacy = *streams_[0];
    if (&stream != &legacy) {
        if (stream.blocking)
            drain(legacy);
        return fault_;
    }
    int result = Success;
    for (const auto& other : streams_) {
        if (!other->blocking)
            continue;
        if (other->capture != CaptureStatus::None) {
            other->capture = CaptureStatus::Invalidated;
            result = CaptureImplicit;
        }
        drain(*other);
    }
    return fault_ != Success ? fault_ : result;
}

void Streams::drain(Stream& stream) {
    while (!stream.pending.empty()) {
        const Work next = std::move(stream.pending.front());
        stream.pending.pop_front();
        if (fault_ != Success)
            continue;
        try {
            next();
        } catch (Fault& fault) {
            log(std::string("fault: ") + fault.what());
            fault_ = fault.code;
        }
    }
}

int Streams::finish(Stream& stream) {
    if (stream.capture != CaptureStatus::None)
        return refuseCapture(stream);
    drain(stream);
    return fault_;
}

int Streams::reach(Stream& stream) {
    drain(stream);
    return fault_;
}

int Streams::finishAll() {
    for (const auto& stream : streams_)
        drain(*stream);
    return fault_;
}

int Streams::beginCapture(Stream& stream, CaptureMode mode) {
    if (fault_ != Success)
        return fault_;
    if (&stream == streams_[0].get())
        return CaptureUnsupported;
    if (stream.capture != CaptureStatus::None)
        return IllegalState;
    stream.capture = CaptureStatus::Active;
    stream.mode = mode;
    stream.capturer = std::this_thread::get_id();
    stream.graph = Graph();
    return Success;
}

int Streams::endCapture(Stream& stream, Graph** graph) {
    *graph = nullptr;
    if (stream.capture == CaptureStatus::None)
        return IllegalState;
    if (stream.mode != CaptureMode::Relaxed && stream.capturer != std::this_thread::get_id())
        return CaptureWrongThread;
    const bool valid = stream.capture == CaptureStatus::Active;
    stream.capture = CaptureStatus::None;
    if (!valid)
        return CaptureInvalidated;
    *graph = new Graph(std::move(stream.graph));
    return fault_;
}

int Streams::refuseCapture(Stream& stream) {
    if (stream.capture == CaptureStatus::None)
        return Success;
    stream.capture = CaptureStatus::Invalidated;
    return CaptureUnsupported;
}

int Streams::refuseCaptures() {
    int result = Success;
    for (const auto& stream : streams_) {
        const bool ofThisThread = stream->mode == CaptureMode::ThreadLocal && stream->capturer == std::this_thread::get_id();
        if (stream->mode == CaptureMode::Global || ofThisThread)
            result = std::max(result, refuseCapture(*stream));
    }
    return result;
}

int Streams::refuseAllCaptures() {
    int result = Success;
    for (const auto& stream : streams_)
        result = std::max(result, refuseCapture(*stream));
    return result;
}

void Streams::forgetFault() {
    for (const auto& stream : streams_)
        stream->pending.clear();
    fault_ = Success;
}

}
