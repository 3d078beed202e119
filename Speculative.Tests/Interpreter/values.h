// Values in registers. A register is 64 bits wide. An instruction reads as many of its low bits as its type has, so nothing depends on
// the bits above them.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace ptx {

struct Half {
    uint16_t bits;
};

struct BFloat16 {
    uint16_t bits;
};

template <class T>
struct Pair {
    T low;
    T high;
};

template <class T>
T fromRegister(uint64_t content) {
    if constexpr (std::is_same_v<T, bool>) {
        return content != 0;
    } else {
        T value;
        std::memcpy(&value, &content, sizeof value);
        return value;
    }
}

// Integers are extended by their sign, as a load into a wider register demands.
template <class T>
uint64_t toRegister(T value) {
    if constexpr (std::is_integral_v<T>) {
        return static_cast<uint64_t>(value);
    } else {
        uint64_t content = 0;
        std::memcpy(&content, &value, sizeof value);
        return content;
    }
}

inline float toFloat(Half value) {
    _Float16 half;
    std::memcpy(&half, &value, sizeof half);
    return static_cast<float>(half);
}

inline Half toHalf(float value) {
    const _Float16 half = static_cast<_Float16>(value);
    Half result;
    std::memcpy(&result, &half, sizeof half);
    return result;
}

inline float toFloat(BFloat16 value) {
    return fromRegister<float>(uint64_t{value.bits} << 16);
}

// To the nearest, ties to even. PTX has one NaN for results of this type.
inline BFloat16 toBFloat16(float value) {
    if (std::isnan(value))
        return {0x7FFF};
    const uint32_t bits = static_cast<uint32_t>(toRegister(value));
    return {static_cast<uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16)};
}

}
