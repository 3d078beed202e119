// Reading of variables and writing of the log. The file is opened anew for each line, because several processes may share it.
#include "environment.h"
#include <cstdio>
#include <cstdlib>

namespace ptx {

bool environmentFlag(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && std::string(value) == "1";
}

void log(const std::string& line) {
    const char* path = std::getenv("SPECULATIVE_PTX_LOG");
    std::FILE* file = path != nullptr ? std::fopen(path, "a") : nullptr;
    std::fprintf(file != nullptr ? file : stderr, "PTX interpreter: %s\n", line.c_str());
    if (file != nullptr)
        std::fclose(file);
}

}
