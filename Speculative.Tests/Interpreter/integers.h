// What instructions on integers and atomic instructions have in common.
#pragma once
#include <algorithm>

namespace ptx {

template <class T>
T smaller(T a, T b) {
    return std::min(a, b);
}

template <class T>
T greater(T a, T b) {
    return std::max(a, b);
}

template <class T>
T bitOr(T a, T b) {
    return a | b;
}

}
