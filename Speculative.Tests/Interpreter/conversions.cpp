// Moves and conversions. A conversion from a floating-point number to an integer is clamped to the integer's range, and NaN becomes 0.
#include "opcodes.h"
#include <limits>

namespace ptx {

template <class T>
static T same(T a) {
    return a;
}

template <class To, class From>
static To number(From a) {
    return static_cast<To>(a);
}

static float halfToFloat(Half a) {
    return toFloat(a);
}

static Half floatToHalf(float a) {
    return toHalf(a);
}

static Pair<Half> twoHalves(float high, float low) {
    return {toHalf(low), toHalf(high)};
}

static Pair<BFloat16> twoBFloat16(float high, float low) {
    return {toBFloat16(low), toBFloat16(high)};
}

// The limits are powers of two, or one less than a power of two too large for To, so comparing in double precision is exact.
template <class To>
static To clamped(double a) {
    if (std::isnan(a))
        return 0;
    if (a <= static_cast<double>(std::numeric_limits<To>::min()))
        return std::numeric_limits<To>::min();
    if (a >= std::ldexp(1.0, std::numeric_limits<To>::digits))
        return std::numeric_limits<To>::max();
    return static_cast<To>(a);
}

template <class To, class From>
static To towardsZero(From a) {
    return clamped<To>(std::trunc(a));
}

template <class To, class From>
static To toNearest(From a) {
    return clamped<To>(std::nearbyint(a));
}

template <class To, class From>
static To downwards(From a) {
    return clamped<To>(std::floor(a));
}

template <class To, class From>
static To upwards(From a) {
    return clamped<To>(std::ceil(a));
}

template <class To, class From>
static void addRoundings(Opcodes& opcodes, const std::string& types) {
    opcodes["cvt.rzi" + types] = apply<towardsZero<To, From>>();
    opcodes["cvt.rni" + types] = apply<toNearest<To, From>>();
    opcodes["cvt.rmi" + types] = apply<downwards<To, From>>();
    opcodes["cvt.rpi" + types] = apply<upwards<To, From>>();
}

template <class T>
static void addOfInteger(Opcodes& opcodes, const std::string& type) {
    opcodes["cvt.u8" + type] = apply<number<uint8_t, T>>();
    opcodes["cvt.s8" + type] = apply<number<int8_t, T>>();
    opcodes["cvt.u16" + type] = apply<number<uint16_t, T>>();
    opcodes["cvt.s16" + type] = apply<number<int16_t, T>>();
    opcodes["cvt.u32" + type] = apply<number<uint32_t, T>>();
    opcodes["cvt.s32" + type] = apply<number<int32_t, T>>();
    opcodes["cvt.u64" + type] = apply<number<uint64_t, T>>();
    opcodes["cvt.s64" + type] = apply<number<int64_t, T>>();
    opcodes["cvt.rn.f32" + type] = apply<number<float, T>>();
    opcodes["cvt.rn.f64" + type] = apply<number<double, T>>();
    addRoundings<T, float>(opcodes, type + ".f32");
    addRoundings<T, double>(opcodes, type + ".f64");
}

void addConversions(Opcodes& opcodes) {
    opcodes["mov.pred"] = apply<same<bool>>();
    for (const std::string type : {".b16", ".u16", ".s16"})
        opcodes["mov" + type] = apply<same<uint16_t>>();
    for (const std::string type : {".b32", ".u32", ".s32", ".f32"})
        opcodes["mov" + type] = apply<same<uint32_t>>();
    for (const std::string type : {".b64", ".u64", ".s64", ".f64"})
        opcodes["mov" + type] = apply<same<uint64_t>>();
    // Generic addresses are not interpreted otherwise, so an address is the same in both forms.
    opcodes["cvta.to.global.u64"] = apply<same<uint64_t>>();
    addOfInteger<uint8_t>(opcodes, ".u8");
    addOfInteger<int8_t>(opcodes, ".s8");
    addOfInteger<uint16_t>(opcodes, ".u16");
    addOfInteger<int16_t>(opcodes, ".s16");
    addOfInteger<uint32_t>(opcodes, ".u32");
    addOfInteger<int32_t>(opcodes, ".s32");
    addOfInteger<uint64_t>(opcodes, ".u64");
    addOfInteger<int64_t>(opcodes, ".s64");
    opcodes["cvt.f64.f32"] = apply<number<double, float>>();
    opcodes["cvt.rn.f32.f64"] = apply<number<float, double>>();
    opcodes["cvt.f32.f16"] = apply<halfToFloat>();
    opcodes["cvt.rn.f16.f32"] = apply<floatToHalf>();
    opcodes["cvt.rn.f16x2.f32"] = apply<twoHalves>();
    opcodes["cvt.rn.bf16x2.f32"] = apply<twoBFloat16>();
}

}
