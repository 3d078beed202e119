// How the threads of a block take turns, and what is checked of their accesses.
#include "block.h"
#include "environment.h"
#include "fault.h"
#include "warp.h"
#include <algorithm>
#include <cstring>
#include <set>

namespace ptx {

Block::Block(const Kernel& kernel, Dimensions grid, Dimensions dimensions, const uint8_t* parameters, Memory& memory, uint32_t launch,
    std::vector<uint64_t>& scratch)
    : kernel_(kernel),
      grid_(grid),
      dimensions_(dimensions),
      memory_(memory),
      races_(racesAreChecked()),
      sharedBytes_(static_cast<uint64_t>(kernel.sharedBytes)),
      launch_(launch),
      warpBarriers_((dimensions.threads() + 31) / 32),
      threads_(dimensions.threads()),
      shared_((kernel.sharedBytes + 7) / 8),
      windows_(kernel.code.size()) {
    // Threads that never wait run to their end one by one, and can use the same registers.
    const size_t copies = kernel.waits ? threads_.size() : 1;
    const size_t words = kernel.frame.size() + (kernel.localBytes + 7) / 8;
    if (scratch.size() < copies * words)
        scratch.resize(copies * words);
    for (size_t i = 0; i < threads_.size(); i++) {
        uint64_t* own = scratch.data() + i % copies * words;
        threads_[i].block = this;
        threads_[i].number = static_cast<int>(i);
        threads_[i].registers = own;
        threads_[i].local = reinterpret_cast<uint8_t*>(own + kernel.frame.size());
        threads_[i].localBytes = static_cast<uint64_t>(kernel.localBytes);
        threads_[i].parameters = parameters;
    }
    if (races_)
        sharedShadow_ = makeShadow(kernel.sharedBytes);
}

void Block::run(Dimensions place) {
    place_ = place;
    number_ = static_cast<uint32_t>((place.z * grid_.y + place.y) * grid_.x + place.x);
    runs_++;
    barriers_ = 0;
    std::fill(shared_.begin(), shared_.end(), Poison);
    std::fill(warpBarriers_.begin(), warpBarriers_.end(), uint16_t{0});
    for (Thread& thread : threads_)
        thread.state = State::Fresh;
    for (;;) {
        bool waiting = false;
        for (int first = 0; first < static_cast<int>(threads_.size()); first += 32)
            waiting |= runWarp(first);
        if (!waiting)
            return;
        barriers_++;
        for (Thread& thread : threads_) {
            if (thread.state != State::AtBarrier)
                continue;
            thread.state = State::Ready;
            thread.at++;
        }
    }
}

// Runs the threads of a warp until they wait for the block or have ended. Returns whether any waits.
bool Block::runWarp(int first) {
    const int last = std::min(first + 32, static_cast<int>(threads_.size()));
    for (;;) {
        const Thread* waiting = nullptr;
        int lanes = 0;
        for (int i = first; i < last; i++) {
            Thread& thread = threads_[i];
            if (thread.state == State::Fresh)
                prepare(thread);
            if (thread.state == State::Ready)
                advance(thread);
            if (thread.state == State::Done)
                continue;
            if (waiting != nullptr && waiting->at != thread.at)
                throw Fault(place(thread, thread.at) + ": the warp waits at different instructions, thread "
                    + std::to_string(waiting->number) + " at " + kernel_.sources[index(waiting->at)].text);
            waiting = &thread;
            lanes++;
        }
        if (waiting == nullptr)
            return false;
        if (waiting->state == State::AtBarrier)
            return true;
        const WarpInstruction& instruction = kernel_.warpInstructions[waiting->at->warpInstruction];
        try {
            Warp warp(*this, first, lanes);
            instruction.together(instruction, warp);
        } catch (Fault& fault) {
            throw Fault(place(*waiting, waiting->at) + ": " + fault.what(), fault.code);
        }
        for (int i = first; i < last; i++) {
            if (threads_[i].state == State::Done)
                continue;
            threads_[i].state = State::Ready;
            threads_[i].at++;
        }
    }
}

void Block::prepare(Thread& thread) {
    std::copy(kernel_.frame.begin(), kernel_.frame.end(), thread.registers);
    for (const SpecialRegister& special : kernel_.specials)
        thread.registers[special.number] = this->special(special.which, thread.number);
    std::memset(thread.local, PoisonByte, kernel_.localBytes);
    thread.at = kernel_.code.data();
    thread.state = State::Ready;
}

void Block::advance(Thread& thread) {
    thread.jumps = 0;
    try {
        thread.at = thread.at->run(thread.at, thread.registers, thread);
    } catch (Fault& fault) {
        throw Fault(place(thread, thread.at) + ": " + fault.what(), fault.code);
    }
}

uint64_t Block::special(Special which, int thread) const {
    switch (which) {
        case Special::ThreadX: return thread % dimensions_.x;
        case Special::ThreadY: return thread / dimensions_.x % dimensions_.y;
        case Special::ThreadZ: return thread / dimensions_.x / dimensions_.y;
        case Special::ThreadsX: return dimensions_.x;
        case Special::ThreadsY: return dimensions_.y;
        case Special::ThreadsZ: return dimensions_.z;
        case Special::BlockX: return place_.x;
        case Special::BlockY: return place_.y;
        case Special::BlockZ: return place_.z;
        case Special::BlocksX: return grid_.x;
        case Special::BlocksY: return grid_.y;
        case Special::BlocksZ: return grid_.z;
        case Special::Lane: return thread % 32;
    }
    return Poison;
}

void Block::findWindow(Thread& thread, const Instruction* instruction, uint64_t address, uint64_t bytes) {
    Allocation* allocation = memory_.find(address);
    if (allocation == nullptr) {
        thread.at = instruction;
        throw Fault("global memory: nothing is allocated at " + std::to_string(address));
    }
    if (!isProper(address - allocation->base, bytes, allocation->size))
        failAccess(thread, instruction, "global", address - allocation->base, bytes, allocation->size);
    windows_[index(instruction)] = {allocation->base, allocation->size - bytes + 1, allocation};
}

Access Block::access(const Thread& thread, uint32_t scope, Use use) const {
    Access access;
    access.scope = scope;
    access.block = static_cast<int32_t>(number_);
    access.barrier = barriers_;
    access.warpBarrier = warpBarriers_[thread.warp()];
    access.thread = static_cast<int16_t>(thread.number);
    access.warp = static_cast<int8_t>(thread.warp());
    access.atomic = use == Use::Atomic;
    return access;
}

void Block::note(Thread& thread, const Instruction* instruction, Shadow* shadow, Access access, uint64_t bytes, Use use,
    const uint8_t* before, const uint8_t* written, const char* space) {
    const int count = static_cast<int>(bytes);
    const std::string race = use == Use::Read ? noteRead(shadow, count, access) : noteWrite(shadow, count, access, before, written);
    if (race.empty())
        return;
    // Once for each instruction, since a race usually happens in every block.
    static std::set<std::string> reported;
    if (reported.insert(kernel_.name + std::to_string(index(instruction)) + race.substr(0, race.find(" of "))).second)
        log("race: " + place(thread, instruction) + ": " + space + " " + race);
}

std::string Block::place(const Thread& thread, const Instruction* instruction) const {
    const Source& source = kernel_.sources[index(instruction)];
    return kernel_.name + " block " + std::to_string(place_.x) + "," + std::to_string(place_.y) + "," + std::to_string(place_.z)
        + " thread " + std::to_string(thread.number) + " line " + std::to_string(source.line) + " \"" + source.text + "\"";
}

void failAccess(Thread& thread, const Instruction* instruction, const char* space, uint64_t at, uint64_t bytes, uint64_t size) {
    thread.at = instruction;
    const std::string what = std::string(space) + " memory: " + std::to_string(bytes) + " bytes at " + std::to_string(at);
    if (at + bytes > size)
        throw Fault(what + " are out of bounds, of which there are " + std::to_string(size));
    throw Fault(what + " are misaligned", Fault::MisalignedAddress);
}

void run(const Kernel& kernel, Dimensions grid, Dimensions dimensions, const uint8_t* parameters, Memory& memory) {
    static uint32_t launches = 0;
    static std::vector<uint64_t> scratch;
    Block block(kernel, grid, dimensions, parameters, memory, ++launches, scratch);
    for (int z = 0; z < grid.z; z++)
        for (int y = 0; y < grid.y; y++)
            for (int x = 0; x < grid.x; x++)
                block.run({x, y, z});
}

}
