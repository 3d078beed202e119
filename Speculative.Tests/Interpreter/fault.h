// What goes wrong while a kernel runs, and what a kernel's text asks for that is not known.
#pragma once
#include <stdexcept>
#include <string>

namespace ptx {

// Ends a launch. The driver then returns the code from every later call.
class Fault : public std::runtime_error {
public:
    static constexpr int IllegalAddress = 700;
    static constexpr int MisalignedAddress = 716;

    explicit Fault(const std::string& why, int code = IllegalAddress) : std::runtime_error(why), code(code) {}

    int code;
};

// Says which line or instruction of a module is not interpreted.
class Refusal : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}
