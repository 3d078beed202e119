// Small helpers for reading text.
#pragma once
#include <string>
#include <vector>

namespace ptx {

constexpr const char* Blanks = " \t\r\n";

inline std::string trim(const std::string& text) {
    const size_t first = text.find_first_not_of(Blanks);
    if (first == std::string::npos)
        return "";
    return text.substr(first, text.find_last_not_of(Blanks) - first + 1);
}

inline std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    size_t start = 0;
    for (size_t end = text.find(separator); end != std::string::npos; end = text.find(separator, start)) {
        parts.push_back(text.substr(start, end - start));
        start = end + 1;
    }
    parts.push_back(text.substr(start));
    return parts;
}

}
