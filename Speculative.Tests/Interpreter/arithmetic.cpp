// Arithmetic on floating-point numbers. Single precision is IEEE's, compiled without contraction, so that a result has the bits that
// the CPU's reference code computes. The approximate functions are those of the C library, which are closer than a GPU's.
#include "opcodes.h"
#include <limits>

namespace ptx {

template <class T>
static T sum(T a, T b) {
    return a + b;
}

template <class T>
static T difference(T a, T b) {
    return a - b;
}

template <class T>
static T product(T a, T b) {
    return a * b;
}

template <class T>
static T quotient(T a, T b) {
    return a / b;
}

template <class T>
static T negation(T a) {
    return -a;
}

template <class T>
static T magnitude(T a) {
    return std::fabs(a);
}

template <class T>
static T squareRoot(T a) {
    return std::sqrt(a);
}

template <class T>
static T fused(T a, T b, T c) {
    return std::fma(a, b, c);
}

// A NaN gives way to a number, and +0 is greater than -0.
template <class T>
static T smaller(T a, T b) {
    if (a == b)
        return std::signbit(a) ? a : b;
    return a < b || std::isnan(b) ? a : b;
}

template <class T>
static T greater(T a, T b) {
    if (a == b)
        return std::signbit(a) ? b : a;
    return a > b || std::isnan(b) ? a : b;
}

static float reciprocal(float a) {
    return 1 / a;
}

static float reciprocalSquareRoot(float a) {
    return 1 / std::sqrt(a);
}

static float powerOfTwo(float a) {
    return std::exp2(a);
}

static float binaryLogarithm(float a) {
    return std::log2(a);
}

static bool isNaN(float a) {
    return std::isnan(a);
}

// Rounding to odd keeps the information that a second rounding, to fewer bits, needs to come out as if it had been the only one.
template <class T>
static T towardsOdd(T nearest, double remainder) {
    if (remainder == 0 || (toRegister(nearest) & 1) != 0 || !std::isfinite(nearest))
        return nearest;
    return std::nextafter(nearest, std::copysign(std::numeric_limits<T>::infinity(), static_cast<T>(remainder > 0 ? 1 : -1)));
}

// The product of two bfloat16 is exact in double precision, and Knuth's formula gives what the sum leaves behind.
static BFloat16 fusedBFloat16(BFloat16 a, BFloat16 b, BFloat16 c) {
    const double exactProduct = static_cast<double>(toFloat(a)) * toFloat(b);
    const double addend = toFloat(c);
    const double nearest = exactProduct + addend;
    const double ofAddend = nearest - exactProduct;
    const double wide = towardsOdd(nearest, (exactProduct - (nearest - ofAddend)) + (addend - ofAddend));
    const float narrow = static_cast<float>(wide);
    return toBFloat16(towardsOdd(narrow, wide - narrow));
}

static Pair<BFloat16> fusedBFloat16Pairs(Pair<BFloat16> a, Pair<BFloat16> b, Pair<BFloat16> c) {
    return {fusedBFloat16(a.low, b.low, c.low), fusedBFloat16(a.high, b.high, c.high)};
}

// Single precision has more than twice the bits of half precision, so rounding twice is rounding once.
static Half sumOfHalves(Half a, Half b) {
    return toHalf(toFloat(a) + toFloat(b));
}

static Pair<Half> sumOfHalfPairs(Pair<Half> a, Pair<Half> b) {
    return {sumOfHalves(a.low, b.low), sumOfHalves(a.high, b.high)};
}

template <class T>
static void addFloats(Opcodes& opcodes, const std::string& type) {
    for (const std::string rounding : {"", ".rn"}) {
        opcodes["add" + rounding + type] = apply<sum<T>>();
        opcodes["sub" + rounding + type] = apply<difference<T>>();
        opcodes["mul" + rounding + type] = apply<product<T>>();
    }
    opcodes["div.rn" + type] = apply<quotient<T>>();
    opcodes["fma.rn" + type] = apply<fused<T>>();
    opcodes["sqrt.rn" + type] = apply<squareRoot<T>>();
    opcodes["neg" + type] = apply<negation<T>>();
    opcodes["abs" + type] = apply<magnitude<T>>();
    opcodes["min" + type] = apply<smaller<T>>();
    opcodes["max" + type] = apply<greater<T>>();
}

void addArithmetic(Opcodes& opcodes) {
    addFloats<float>(opcodes, ".f32");
    addFloats<double>(opcodes, ".f64");
    opcodes["rcp.rn.f32"] = apply<reciprocal>();
    opcodes["rcp.approx.f32"] = apply<reciprocal>();
    opcodes["rsqrt.approx.f32"] = apply<reciprocalSquareRoot>();
    opcodes["sqrt.approx.f32"] = apply<squareRoot<float>>();
    opcodes["ex2.approx.f32"] = apply<powerOfTwo>();
    opcodes["lg2.approx.f32"] = apply<binaryLogarithm>();
    opcodes["testp.notanumber.f32"] = apply<isNaN>();
    opcodes["fma.rn.bf16x2"] = apply<fusedBFloat16Pairs>();
    opcodes["add.rn.f16x2"] = apply<sumOfHalfPairs>();
}

}
