// Arithmetic on integers, bits and predicates. Sums and products are computed without a sign, where overflow is defined.
#include "fault.h"
#include "integers.h"
#include "opcodes.h"

namespace ptx {

template <class T>
static T sum(T a, T b) {
    return static_cast<T>(a + b);
}

template <class T>
static T difference(T a, T b) {
    return static_cast<T>(a - b);
}

// The cast keeps C++ from multiplying 16-bit numbers as signed ones, which could overflow.
template <class T>
static T product(T a, T b) {
    return static_cast<T>(uint64_t{a} * b);
}

template <class T>
static T productAndSum(T a, T b, T c) {
    return static_cast<T>(uint64_t{a} * b + c);
}

template <class Wide, class T>
static Wide wideProduct(T a, T b) {
    return static_cast<Wide>(a) * static_cast<Wide>(b);
}

template <class Wide, class T>
static T highProduct(T a, T b) {
    return static_cast<T>((static_cast<Wide>(a) * static_cast<Wide>(b)) >> (8 * sizeof(T)));
}

template <class T>
static T negation(T a) {
    return static_cast<T>(0 - std::make_unsigned_t<T>(a));
}

template <class T>
static T magnitude(T a) {
    return a < 0 ? negation(a) : a;
}

// The smallest number divided by -1 is itself, which a CPU would trap.
template <class T>
static T quotient(T a, T b) {
    if (b == 0)
        throw Fault("division by zero");
    if (std::is_signed_v<T> && b == static_cast<T>(-1))
        return negation(a);
    return static_cast<T>(a / b);
}

template <class T>
static T remainderOf(T a, T b) {
    if (b == 0)
        throw Fault("division by zero");
    if (std::is_signed_v<T> && b == static_cast<T>(-1))
        return 0;
    return static_cast<T>(a % b);
}

template <class T>
static T bitAnd(T a, T b) {
    return a & b;
}

template <class T>
static T bitXor(T a, T b) {
    return a ^ b;
}

template <class T>
static T bitNot(T a) {
    return static_cast<T>(~a);
}

static bool logicalNot(bool a) {
    return !a;
}

template <class T>
static T shiftLeft(T a, uint32_t by) {
    return by >= 8 * sizeof(T) ? 0 : static_cast<T>(a << by);
}

// Beyond the width, the sign is all that is left.
template <class T>
static T shiftRight(T a, uint32_t by) {
    constexpr uint32_t bits = 8 * sizeof(T);
    if (by < bits)
        return static_cast<T>(a >> by);
    return std::is_signed_v<T> ? static_cast<T>(a >> (bits - 1)) : 0;
}

template <class T>
static uint32_t countOfOnes(T a) {
    return static_cast<uint32_t>(__builtin_popcountll(a));
}

template <class T>
static uint32_t countOfLeadingZeros(T a) {
    return a == 0 ? 8 * sizeof(T) : static_cast<uint32_t>(__builtin_clzll(a)) - (64 - 8 * sizeof(T));
}

// Bit i of the table is the result for a = bit 2 of i, b = bit 1, c = bit 0.
static uint32_t byTable(uint32_t a, uint32_t b, uint32_t c, uint32_t table) {
    uint32_t result = 0;
    for (uint32_t i = 0; i < 8; i++)
        if ((table >> i & 1) != 0)
            result |= ((i & 4) != 0 ? a : ~a) & ((i & 2) != 0 ? b : ~b) & ((i & 1) != 0 ? c : ~c);
    return result;
}

template <class T>
static void addNumbers(Opcodes& opcodes, const std::string& type) {
    using Bits = std::make_unsigned_t<T>;
    opcodes["add" + type] = apply<sum<Bits>>();
    opcodes["sub" + type] = apply<difference<Bits>>();
    opcodes["mul.lo" + type] = apply<product<Bits>>();
    opcodes["mad.lo" + type] = apply<productAndSum<Bits>>();
    opcodes["div" + type] = applyChecked<quotient<T>>();
    opcodes["rem" + type] = applyChecked<remainderOf<T>>();
    opcodes["min" + type] = apply<smaller<T>>();
    opcodes["max" + type] = apply<greater<T>>();
    opcodes["shr" + type] = apply<shiftRight<T>>();
    if constexpr (std::is_signed_v<T>) {
        opcodes["neg" + type] = apply<negation<T>>();
        opcodes["abs" + type] = apply<magnitude<T>>();
    }
}

template <class T>
static void addBits(Opcodes& opcodes, const std::string& type) {
    opcodes["and" + type] = apply<bitAnd<T>>();
    opcodes["or" + type] = apply<bitOr<T>>();
    opcodes["xor" + type] = apply<bitXor<T>>();
    if constexpr (std::is_same_v<T, bool>) {
        opcodes["not" + type] = apply<logicalNot>();
    } else {
        opcodes["not" + type] = apply<bitNot<T>>();
        opcodes["shl" + type] = apply<shiftLeft<T>>();
        opcodes["shr" + type] = apply<shiftRight<T>>();
    }
}

void addIntegerArithmetic(Opcodes& opcodes) {
    addNumbers<uint16_t>(opcodes, ".u16");
    addNumbers<int16_t>(opcodes, ".s16");
    addNumbers<uint32_t>(opcodes, ".u32");
    addNumbers<int32_t>(opcodes, ".s32");
    addNumbers<uint64_t>(opcodes, ".u64");
    addNumbers<int64_t>(opcodes, ".s64");
    addBits<bool>(opcodes, ".pred");
    addBits<uint16_t>(opcodes, ".b16");
    addBits<uint32_t>(opcodes, ".b32");
    addBits<uint64_t>(opcodes, ".b64");
    opcodes["mul.wide.u16"] = apply<wideProduct<uint32_t, uint16_t>>();
    opcodes["mul.wide.s16"] = apply<wideProduct<int32_t, int16_t>>();
    opcodes["mul.wide.u32"] = apply<wideProduct<uint64_t, uint32_t>>();
    opcodes["mul.wide.s32"] = apply<wideProduct<int64_t, int32_t>>();
    opcodes["mul.hi.u32"] = apply<highProduct<uint64_t, uint32_t>>();
    opcodes["mul.hi.s32"] = apply<highProduct<int64_t, int32_t>>();
    opcodes["mul.hi.u64"] = apply<highProduct<unsigned __int128, uint64_t>>();
    opcodes["mul.hi.s64"] = apply<highProduct<__int128, int64_t>>();
    opcodes["popc.b32"] = apply<countOfOnes<uint32_t>>();
    opcodes["popc.b64"] = apply<countOfOnes<uint64_t>>();
    opcodes["clz.b32"] = apply<countOfLeadingZeros<uint32_t>>();
    opcodes["clz.b64"] = apply<countOfLeadingZeros<uint64_t>>();
    opcodes["lop3.b32"] = apply<byTable>();
}

}
