// Finds the kernels of a module and cuts their bodies into labels and statements.
#include "parser.h"
#include "decoder.h"
#include "fault.h"
#include "text.h"
#include <algorithm>
#include <cstdio>

namespace ptx {

static std::string withoutComments(const std::string& text) {
    std::string result;
    for (const std::string& line : split(text, '\n'))
        result += line.substr(0, line.find("//")) + "\n";
    return result;
}

static int maximalThreads(const std::string& directives) {
    const size_t found = directives.find(".maxntid");
    int x = 1;
    int y = 1;
    int z = 1;
    if (found == std::string::npos || std::sscanf(directives.c_str() + found, ".maxntid %d , %d , %d", &x, &y, &z) < 1)
        return Kernel().maximalThreads;
    return x * y * z;
}

// Braces open a scope where a statement could start, and hold a vector elsewhere. Returns the position after the body.
static size_t parseBody(const std::string& text, size_t at, Decoder& decoder) {
    int line = 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    int scopes = 1;
    bool inVector = false;
    std::string statement;
    for (; scopes > 0 && at < text.size(); at++) {
        const char c = text[at];
        if (c == '\n')
            line++;
        if (c == '{' && trim(statement).empty()) {
            scopes++;
        } else if (c == '}' && !inVector) {
            scopes--;
        } else if (c == ';') {
            decoder.addStatement(statement, line);
            statement.clear();
        } else if (c == ':') {
            decoder.addLabel(trim(statement));
            statement.clear();
        } else {
            if (c == '{' || c == '}')
                inVector = c == '{';
            statement += c;
        }
    }
    if (scopes > 0)
        throw Refusal("the module ends within a kernel");
    return at;
}

Kernels parse(const std::string& module) {
    const std::string text = withoutComments(module);
    const std::string keyword = ".entry";
    if (text.find(".func") != std::string::npos)
        throw Refusal("functions are not interpreted");
    Kernels kernels;
    for (size_t entry = text.find(keyword); entry != std::string::npos;) {
        const size_t open = text.find('(', entry);
        const size_t close = text.find(')', open);
        const size_t body = text.find('{', close);
        if (body == std::string::npos)
            throw Refusal("a kernel has no body");
        const size_t name = entry + keyword.size();
        const auto kernel = std::make_shared<Kernel>();
        kernel->name = trim(text.substr(name, open - name));
        kernel->maximalThreads = maximalThreads(text.substr(close, body - close));
        Decoder decoder(*kernel);
        for (const std::string& parameter : split(text.substr(open + 1, close - open - 1), ','))
            if (!trim(parameter).empty())
                decoder.addParameter(parameter);
        const size_t end = parseBody(text, body + 1, decoder);
        decoder.finish();
        kernels[kernel->name] = kernel;
        entry = text.find(keyword, end);
    }
    return kernels;
}

}
