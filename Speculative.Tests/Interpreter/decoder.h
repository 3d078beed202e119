// Turns the statements of a kernel, one by one, into its instructions.
#pragma once
#include "instruction.h"
#include "opcodes.h"
#include <map>
#include <string>
#include <vector>

namespace ptx {

class Decoder {
public:
    explicit Decoder(Kernel& kernel) : kernel_(kernel) {}

    // ".param .align 8 .b8 name[16]"
    void addParameter(const std::string& declaration);

    void addLabel(const std::string& name);

    // A directive or an instruction, without its semicolon. Throws a Refusal.
    void addStatement(const std::string& statement, int line);

    // Resolves labels. Throws a Refusal where one is missing.
    void finish();

private:
    struct Declaration {
        std::string name;
        int alignment;
        int elementSize;
        int bytes;
    };

    struct Jump {
        size_t from;
        std::string label;
    };

    [[noreturn]] void refuse(const std::string& why) const;
    Declaration parseDeclaration(const std::string& text) const;
    void place(const std::string& declaration, int& total);
    void addInstruction(std::string text);
    void addOperands(Instruction& instruction, const std::string& text, const Opcode& opcode);
    uint16_t operand(Instruction& instruction, const std::string& text);
    uint16_t address(Instruction& instruction, const std::string& text);
    void useParameter(Instruction& instruction, const std::string& name);
    uint16_t constant(const std::string& text);
    uint16_t constantRegister(uint64_t value);
    uint16_t namedRegister(const std::string& name);
    uint16_t newRegister(uint64_t content);
    void emit(const Instruction& instruction);

    Kernel& kernel_;
    std::map<std::string, uint16_t> registers_;
    std::map<uint64_t, uint16_t> constants_;
    std::map<std::string, int> parameters_;
    std::map<std::string, int> symbols_;
    std::map<std::string, size_t> labels_;
    std::vector<Jump> jumps_;
    Source source_;     // of the statement that is being decoded
    std::string name_;  // of the instruction that is being decoded
};

}
