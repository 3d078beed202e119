// Operands, declarations and guards. The decoder gives a register of the frame to every name and to every constant.
#include "decoder.h"
#include "control.h"
#include "fault.h"
#include "text.h"
#include <sstream>

namespace ptx {

static int sizeOfType(const std::string& type) {
    static const std::map<std::string, int> sizes = {{".b8", 1}, {".u8", 1}, {".s8", 1}, {".b16", 2}, {".u16", 2}, {".s16", 2}, {".f16", 2},
        {".b32", 4}, {".u32", 4}, {".s32", 4}, {".f32", 4}, {".b64", 8}, {".u64", 8}, {".s64", 8}, {".f64", 8}};
    const auto found = sizes.find(type);
    return found == sizes.end() ? 0 : found->second;
}

static const std::map<std::string, Special>& specialRegisters() {
    static const std::map<std::string, Special> names = {{"%tid.x", Special::ThreadX}, {"%tid.y", Special::ThreadY},
        {"%tid.z", Special::ThreadZ}, {"%ntid.x", Special::ThreadsX}, {"%ntid.y", Special::ThreadsY}, {"%ntid.z", Special::ThreadsZ},
        {"%ctaid.x", Special::BlockX}, {"%ctaid.y", Special::BlockY}, {"%ctaid.z", Special::BlockZ}, {"%nctaid.x", Special::BlocksX},
        {"%nctaid.y", Special::BlocksY}, {"%nctaid.z", Special::BlocksZ}, {"%laneid", Special::Lane}};
    return names;
}

static int aligned(int offset, int alignment) {
    return (offset + alignment - 1) / alignment * alignment;
}

void Decoder::refuse(const std::string& why) const {
    throw Refusal(kernel_.name + " line " + std::to_string(source_.line) + ": " + why + ": " + source_.text);
}

Decoder::Declaration Decoder::parseDeclaration(const std::string& text) const {
    Declaration declaration{"", 0, 0, 0};
    std::stringstream words(text);
    for (std::string word; words >> word;) {
        if (word == ".align")
            words >> declaration.alignment;
        else if (word[0] != '.')
            declaration.name = word;
        else if (sizeOfType(word) != 0)
            declaration.elementSize = sizeOfType(word);
        else if (word != ".param" && word != ".shared" && word != ".local")
            refuse("declarations with " + word + " are not interpreted");
    }
    if (declaration.elementSize == 0 || declaration.name.empty())
        refuse("no declaration of a known type");
    int count = 1;
    const size_t bracket = declaration.name.find('[');
    if (bracket != std::string::npos) {
        count = std::stoi(declaration.name.substr(bracket + 1));
        declaration.name.resize(bracket);
    }
    if (declaration.alignment == 0)
        declaration.alignment = declaration.elementSize;
    declaration.bytes = declaration.elementSize * count;
    return declaration;
}

void Decoder::addParameter(const std::string& text) {
    source_ = {0, trim(text)};
    const Declaration declaration = parseDeclaration(text);
    const int offset = aligned(kernel_.parameterBytes, declaration.alignment);
    parameters_[declaration.name] = offset;
    kernel_.parameters.push_back({offset, declaration.bytes});
    kernel_.parameterBytes = offset + declaration.bytes;
}

void Decoder::place(const std::string& text, int& total) {
    const Declaration declaration = parseDeclaration(text);
    const int offset = aligned(total, declaration.alignment);
    symbols_[declaration.name] = offset;
    total = offset + declaration.bytes;
}

void Decoder::addLabel(const std::string& name) {
    labels_[name] = kernel_.code.size();
}

void Decoder::addStatement(const std::string& statement, int line) {
    const std::string text = trim(statement);
    source_ = {line, text};
    const std::string word = text.substr(0, text.find_first_of(Blanks));
    if (text.empty() || word == ".reg" || word == ".pragma")
        return;
    if (word == ".shared")
        place(text, kernel_.sharedBytes);
    else if (word == ".local")
        place(text, kernel_.localBytes);
    else if (word[0] == '.')
        refuse("directive is not interpreted");
    else
        addInstruction(text);
}

// A guard becomes a conditional jump: the branch itself, or one over the instruction.
void Decoder::addInstruction(std::string text) {
    Instruction guard;
    if (text[0] == '@') {
        const size_t end = text.find_first_of(Blanks);
        const bool negated = text[1] == '!';
        guard.run = negated ? jumpUnless : jumpIf;
        guard.operands[0] = namedRegister(text.substr(negated ? 2 : 1, end - (negated ? 2 : 1)));
        text = trim(text.substr(end));
    }
    const size_t end = std::min(text.find_first_of(" \t\r\n{["), text.size());
    name_ = text.substr(0, end);
    const Opcode* opcode = findOpcode(name_);
    if (opcode == nullptr)
        refuse(name_ + " is not interpreted");
    Instruction instruction;
    instruction.run = opcode->run;
    if (opcode->run == jump) {
        jumps_.push_back({kernel_.code.size(), trim(text.substr(end))});
        if (guard.run != nullptr)
            instruction = guard;
    } else {
        if (guard.run != nullptr) {
            guard.run = guard.run == jumpIf ? jumpUnless : jumpIf;
            guard.distance = 2;
            emit(guard);
        }
        addOperands(instruction, text.substr(end), *opcode);
    }
    emit(instruction);
}

// Vectors in braces count as that many operands, an address in brackets as one.
void Decoder::addOperands(Instruction& instruction, const std::string& text, const Opcode& opcode) {
    std::string flat;
    for (const char c : text)
        if (c != '{' && c != '}')
            flat += c;
    std::vector<uint16_t> numbers;
    for (const std::string& part : split(flat, ',')) {
        const int count = static_cast<int>(numbers.size());
        const std::string name = trim(part);
        if (name.empty() && opcode.operands == 0)
            continue;
        if (count >= opcode.operands)
            refuse("too many operands");
        if (count < opcode.results && (name[0] != '%' || specialRegisters().count(name) != 0))
            refuse("the result is no register");
        numbers.push_back(operand(instruction, name));
    }
    if (static_cast<int>(numbers.size()) != opcode.operands)
        refuse("too few operands");
    if (instruction.run == waitForBlock && numbers[0] != constantRegister(0))
        refuse("only barrier 0 is interpreted");
    if (opcode.together != nullptr) {
        WarpInstruction warpInstruction{opcode.together, instruction.offset, {}};
        std::copy(numbers.begin(), numbers.end(), warpInstruction.operands.begin());
        instruction.warpInstruction = static_cast<int32_t>(kernel_.warpInstructions.size());
        kernel_.warpInstructions.push_back(warpInstruction);
    } else {
        std::copy(numbers.begin(), numbers.end(), instruction.operands.begin());
    }
    kernel_.waits |= instruction.run == waitForBlock || instruction.run == waitForWarp;
}

uint16_t Decoder::operand(Instruction& instruction, const std::string& text) {
    if (text.empty())
        refuse("empty operand");
    if (text[0] == '[')
        return address(instruction, text);
    if (text[0] == '%')
        return namedRegister(text);
    return constant(text);
}

// "[%rd1]", "[%rd1+8]", "[name]" or "[name+8]"
uint16_t Decoder::address(Instruction& instruction, const std::string& text) {
    const std::string inside = text.substr(1, text.find(']') - 1);
    const size_t plus = inside.find('+');
    const std::string base = trim(inside.substr(0, plus));
    if (plus != std::string::npos)
        instruction.offset = std::stoi(inside.substr(plus + 1));
    if (name_.compare(0, 8, "ld.param") == 0) {
        useParameter(instruction, base);
        return constantRegister(0);
    }
    if (base[0] == '%')
        return namedRegister(base);
    const auto symbol = symbols_.find(base);
    if (symbol == symbols_.end())
        refuse("unknown name " + base);
    instruction.offset += symbol->second;
    return constantRegister(0);
}

// A parameter's place is known here, so that loading one needs no check.
void Decoder::useParameter(Instruction& instruction, const std::string& name) {
    const auto parameter = parameters_.find(name);
    if (parameter == parameters_.end())
        refuse("unknown parameter " + name);
    instruction.offset += parameter->second;
    const int size = sizeOfType(name_.substr(name_.rfind('.')));
    if (instruction.offset < 0 || instruction.offset + size > kernel_.parameterBytes)
        refuse("beyond the parameters");
}

uint16_t Decoder::constant(const std::string& text) {
    const auto symbol = symbols_.find(text);
    if (symbol != symbols_.end())
        return constantRegister(static_cast<uint64_t>(symbol->second));
    char* end = nullptr;
    uint64_t value = 0;
    const std::string prefix = text.substr(0, 2);
    if (prefix == "0f" || prefix == "0F" || prefix == "0d" || prefix == "0D")
        value = std::strtoull(text.c_str() + 2, &end, 16); // the bits of a floating-point number
    else if (text[0] == '-')
        value = static_cast<uint64_t>(std::strtoll(text.c_str(), &end, 0));
    else
        value = std::strtoull(text.c_str(), &end, 0);
    if (*end != '\0' && std::string(end) != "U")
        refuse("operand " + text + " is not interpreted");
    return constantRegister(value);
}

uint16_t Decoder::constantRegister(uint64_t value) {
    const auto found = constants_.find(value);
    if (found != constants_.end())
        return found->second;
    return constants_[value] = newRegister(value);
}

uint16_t Decoder::namedRegister(const std::string& name) {
    const auto found = registers_.find(name);
    if (found != registers_.end())
        return found->second;
    const uint16_t number = newRegister(Poison);
    registers_[name] = number;
    const auto special = specialRegisters().find(name);
    if (special != specialRegisters().end())
        kernel_.specials.push_back({special->second, number});
    return number;
}

uint16_t Decoder::newRegister(uint64_t content) {
    if (kernel_.frame.size() > UINT16_MAX)
        refuse("too many registers");
    kernel_.frame.push_back(content);
    return static_cast<uint16_t>(kernel_.frame.size() - 1);
}

void Decoder::emit(const Instruction& instruction) {
    kernel_.code.push_back(instruction);
    kernel_.sources.push_back(source_);
}

void Decoder::finish() {
    Instruction exit;
    exit.run = leave;
    emit(exit);
    for (const Jump& jump : jumps_) {
        const auto label = labels_.find(jump.label);
        source_ = kernel_.sources[jump.from];
        if (label == labels_.end())
            refuse("no such label");
        kernel_.code[jump.from].distance = static_cast<int32_t>(label->second) - static_cast<int32_t>(jump.from);
    }
}

}
