// Comparisons, and choosing by a predicate. A comparison of floating-point numbers has an unordered form, which is true for a NaN.
#include "opcodes.h"

namespace ptx {

template <class T>
static bool unordered(T a, T b) {
    return std::isnan(a) || std::isnan(b);
}

template <class T>
static bool equal(T a, T b) {
    return a == b;
}

// In C++ a NaN differs from everything. In PTX only the unordered form says so.
template <class T>
static bool different(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
        return !unordered(a, b) && a != b;
    else
        return a != b;
}

template <class T>
static bool less(T a, T b) {
    return a < b;
}

template <class T>
static bool lessOrEqual(T a, T b) {
    return a <= b;
}

template <class T>
static bool greater(T a, T b) {
    return a > b;
}

template <class T>
static bool greaterOrEqual(T a, T b) {
    return a >= b;
}

template <class T, bool (*Comparison)(T, T)>
static bool orUnordered(T a, T b) {
    return unordered(a, b) || Comparison(a, b);
}

template <class T>
static T choice(T a, T b, bool first) {
    return first ? a : b;
}

template <class T>
static void addOrder(Opcodes& opcodes, const std::string& type) {
    opcodes["setp.eq" + type] = apply<equal<T>>();
    opcodes["setp.ne" + type] = apply<different<T>>();
    opcodes["setp.lt" + type] = apply<less<T>>();
    opcodes["setp.le" + type] = apply<lessOrEqual<T>>();
    opcodes["setp.gt" + type] = apply<greater<T>>();
    opcodes["setp.ge" + type] = apply<greaterOrEqual<T>>();
    if constexpr (std::is_unsigned_v<T>) {
        opcodes["setp.lo" + type] = apply<less<T>>();
        opcodes["setp.ls" + type] = apply<lessOrEqual<T>>();
        opcodes["setp.hi" + type] = apply<greater<T>>();
        opcodes["setp.hs" + type] = apply<greaterOrEqual<T>>();
    }
    if constexpr (std::is_floating_point_v<T>) {
        opcodes["setp.equ" + type] = apply<orUnordered<T, equal<T>>>();
        opcodes["setp.neu" + type] = apply<orUnordered<T, different<T>>>();
        opcodes["setp.ltu" + type] = apply<orUnordered<T, less<T>>>();
        opcodes["setp.leu" + type] = apply<orUnordered<T, lessOrEqual<T>>>();
        opcodes["setp.gtu" + type] = apply<orUnordered<T, greater<T>>>();
        opcodes["setp.geu" + type] = apply<orUnordered<T, greaterOrEqual<T>>>();
    }
}

void addComparisons(Opcodes& opcodes) {
    addOrder<uint16_t>(opcodes, ".u16");
    addOrder<int16_t>(opcodes, ".s16");
    addOrder<uint32_t>(opcodes, ".u32");
    addOrder<int32_t>(opcodes, ".s32");
    addOrder<uint64_t>(opcodes, ".u64");
    addOrder<int64_t>(opcodes, ".s64");
    addOrder<float>(opcodes, ".f32");
    addOrder<double>(opcodes, ".f64");
    opcodes["setp.eq.b32"] = apply<equal<uint32_t>>();
    opcodes["setp.ne.b32"] = apply<different<uint32_t>>();
    opcodes["setp.eq.b64"] = apply<equal<uint64_t>>();
    opcodes["setp.ne.b64"] = apply<different<uint64_t>>();
    for (const std::string type : {".b16", ".u16", ".s16"})
        opcodes["selp" + type] = apply<choice<uint16_t>>();
    for (const std::string type : {".b32", ".u32", ".s32", ".f32"})
        opcodes["selp" + type] = apply<choice<uint32_t>>();
    for (const std::string type : {".b64", ".u64", ".s64", ".f64"})
        opcodes["selp" + type] = apply<choice<uint64_t>>();
}

}
