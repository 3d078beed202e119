// Reads the text of a module.
#pragma once
#include "instruction.h"
#include <map>
#include <memory>
#include <string>

namespace ptx {

using Kernels = std::map<std::string, std::shared_ptr<Kernel>>;

// The kernels by their names. Throws a Refusal that names what is not interpreted.
Kernels parse(const std::string& text);

}
