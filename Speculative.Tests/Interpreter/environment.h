// The environment variables and the log.
#pragma once
#include <string>

namespace ptx {

// Whether a variable is set to 1.
bool environmentFlag(const char* name);

// Appends a line to the file that SPECULATIVE_PTX_LOG names, or writes it to stderr.
void log(const std::string& line);

}
