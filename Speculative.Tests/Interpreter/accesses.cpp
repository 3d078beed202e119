// Loads, stores and atomic instructions.
#include "block.h"
#include "fault.h"
#include "integers.h"
#include "opcodes.h"

namespace ptx {

struct Global {
    static uint8_t* at(Thread& thread, const Instruction* instruction, uint64_t address, uint64_t bytes, Use use, const uint8_t* written) {
        return thread.block->global(thread, instruction, address, bytes, use, written);
    }
};

struct Shared {
    static uint8_t* at(Thread& thread, const Instruction* instruction, uint64_t address, uint64_t bytes, Use use, const uint8_t* written) {
        return thread.block->shared(thread, instruction, address, bytes, use, written);
    }
};

struct Local {
    static uint8_t* at(Thread& thread, const Instruction* instruction, uint64_t address, uint64_t bytes, Use, const uint8_t*) {
        return Block::local(thread, instruction, address, bytes);
    }
};

// Operands: Count results, then the address.
template <class Space, class T, int Count>
static const Instruction* load(const Instruction* instruction, uint64_t* registers, Thread& thread) {
    const uint64_t address = registers[instruction->operands[Count]] + static_cast<int64_t>(instruction->offset);
    const uint8_t* from = Space::at(thread, instruction, address, sizeof(T) * Count, Use::Read, nullptr);
    for (int i = 0; i < Count; i++) {
        T value;
        std::memcpy(&value, from + i * sizeof(T), sizeof(T));
        registers[instruction->operands[i]] = toRegister(value);
    }
    return proceed(instruction + 1, registers, thread);
}

template <class Space, class T, int Count>
static void write(const Instruction* instruction, const uint64_t* registers, Thread& thread) {
    const uint64_t address = registers[instruction->operands[0]] + static_cast<int64_t>(instruction->offset);
    T values[Count];
    for (int i = 0; i < Count; i++)
        values[i] = fromRegister<T>(registers[instruction->operands[i + 1]]);
    const uint8_t* written = reinterpret_cast<const uint8_t*>(values);
    std::memcpy(Space::at(thread, instruction, address, sizeof values, Use::Write, written), values, sizeof values);
}

// Operands: the address, then Count values.
template <class Space, class T, int Count>
static const Instruction* store(const Instruction* instruction, uint64_t* registers, Thread& thread) {
    write<Space, T, Count>(instruction, registers, thread);
    return proceed(instruction + 1, registers, thread);
}

// The decoder has checked that the parameter is there.
template <class T>
static const Instruction* loadParameter(const Instruction* instruction, uint64_t* registers, Thread& thread) {
    T value;
    std::memcpy(&value, thread.parameters + instruction->offset, sizeof value);
    registers[instruction->operands[0]] = toRegister(value);
    return proceed(instruction + 1, registers, thread);
}

template <class T, T (*Function)(T, T)>
static T exchange(const Instruction* instruction, uint64_t address, T value, Thread& thread) {
    const uint8_t* written = reinterpret_cast<const uint8_t*>(&value);
    uint8_t* at = thread.block->shared(thread, instruction, address, sizeof(T), Use::Atomic, written);
    T old;
    std::memcpy(&old, at, sizeof(T));
    const T next = Function(old, value);
    std::memcpy(at, &next, sizeof(T));
    return old;
}

// Operands: the result where one is Wanted, the address, the value. A thread runs alone, so that nothing can come in between.
template <class T, T (*Function)(T, T), bool Wanted>
static const Instruction* atomic(const Instruction* instruction, uint64_t* registers, Thread& thread) {
    constexpr int first = Wanted ? 1 : 0;
    const uint64_t address = registers[instruction->operands[first]] + static_cast<int64_t>(instruction->offset);
    const T value = fromRegister<T>(registers[instruction->operands[first + 1]]);
    const T old = exchange<T, Function>(instruction, address, value, thread);
    if (Wanted)
        registers[instruction->operands[0]] = toRegister(old);
    return proceed(instruction + 1, registers, thread);
}

template <class T>
static T sum(T a, T b) {
    return a + b;
}

template <class T>
static T second(T, T b) {
    return b;
}

template <class Space, class T>
static void addVectors(Opcodes& opcodes, const std::string& space, const std::string& type) {
    opcodes["ld" + space + type] = {load<Space, T, 1>, 2, 1};
    opcodes["st" + space + type] = {store<Space, T, 1>, 2, 0};
    opcodes["ld" + space + ".v2" + type] = {load<Space, T, 2>, 3, 2};
    opcodes["st" + space + ".v2" + type] = {store<Space, T, 2>, 3, 0};
    if constexpr (sizeof(T) <= 4) {
        opcodes["ld" + space + ".v4" + type] = {load<Space, T, 4>, 5, 4};
        opcodes["st" + space + ".v4" + type] = {store<Space, T, 4>, 5, 0};
    }
}

template <class T>
static void addType(Opcodes& opcodes, const std::string& type) {
    addVectors<Global, T>(opcodes, ".global", type);
    addVectors<Shared, T>(opcodes, ".shared", type);
    addVectors<Local, T>(opcodes, ".local", type);
    opcodes["ld.param" + type] = {loadParameter<T>, 2, 1};
}

template <class T, T (*Function)(T, T)>
static void addAtomic(Opcodes& opcodes, const std::string& function, const std::string& type) {
    opcodes["atom." + function + ".shared" + type] = {atomic<T, Function, true>, 3, 1};
    opcodes["red." + function + ".shared" + type] = {atomic<T, Function, false>, 2, 0};
    opcodes["atom.shared." + function + type] = {atomic<T, Function, true>, 3, 1};
    opcodes["red.shared." + function + type] = {atomic<T, Function, false>, 2, 0};
}

template <class T>
static void addAtomics(Opcodes& opcodes, const std::string& type) {
    addAtomic<T, sum<T>>(opcodes, "add", type);
    if constexpr (std::is_integral_v<T>) {
        addAtomic<T, smaller<T>>(opcodes, "min", type);
        addAtomic<T, greater<T>>(opcodes, "max", type);
    }
}

void addAccesses(Opcodes& opcodes) {
    for (const std::string type : {".b8", ".u8"})
        addType<uint8_t>(opcodes, type);
    for (const std::string type : {".b16", ".u16"})
        addType<uint16_t>(opcodes, type);
    for (const std::string type : {".b32", ".u32", ".f32"})
        addType<uint32_t>(opcodes, type);
    for (const std::string type : {".b64", ".u64", ".f64"})
        addType<uint64_t>(opcodes, type);
    addType<int8_t>(opcodes, ".s8");
    addType<int16_t>(opcodes, ".s16");
    addType<int32_t>(opcodes, ".s32");
    addType<int64_t>(opcodes, ".s64");
    addAtomics<uint32_t>(opcodes, ".u32");
    addAtomics<int32_t>(opcodes, ".s32");
    addAtomics<uint64_t>(opcodes, ".u64");
    addAtomics<float>(opcodes, ".f32");
    addAtomic<uint32_t, bitOr<uint32_t>>(opcodes, "or", ".b32");
    addAtomic<uint32_t, second<uint32_t>>(opcodes, "exch", ".b32");
}

}
