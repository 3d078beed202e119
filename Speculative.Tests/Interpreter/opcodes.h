// The instructions that are interpreted, by the name that a kernel's text gives them. What is not listed is refused.
#pragma once
#include "instruction.h"
#include "thread.h"
#include "values.h"
#include <string>
#include <unordered_map>
#include <utility>

namespace ptx {

struct Opcode {
    Handler run = nullptr;
    int operands = 0;  // in all, an address counting as one
    int results = 0;   // the first of them, which are written
    Collective together = nullptr;
};

using Opcodes = std::unordered_map<std::string, Opcode>;

void addArithmetic(Opcodes& opcodes);
void addIntegerArithmetic(Opcodes& opcodes);
void addComparisons(Opcodes& opcodes);
void addConversions(Opcodes& opcodes);
void addAccesses(Opcodes& opcodes);
void addControl(Opcodes& opcodes);
void addWarpInstructions(Opcodes& opcodes);

// Null where the name is not known.
const Opcode* findOpcode(const std::string& name);

// Executes an instruction that computes its first operand from the others by an ordinary function, whose types say how the registers
// are read and written.
template <auto Function, bool MayFail>
struct Apply;

template <class Result, class... Arguments, Result (*Function)(Arguments...), bool MayFail>
struct Apply<Function, MayFail> {
    static const Instruction* run(const Instruction* instruction, uint64_t* registers, Thread& thread) {
        if constexpr (MayFail)
            thread.at = instruction;
        compute(*instruction, registers, std::index_sequence_for<Arguments...>());
        return proceed(instruction + 1, registers, thread);
    }

    template <size_t... Index>
    static void compute(const Instruction& instruction, uint64_t* registers, std::index_sequence<Index...>) {
        const Result result = Function(fromRegister<Arguments>(registers[instruction.operands[Index + 1]])...);
        registers[instruction.operands[0]] = toRegister<Result>(result);
    }

    static constexpr Opcode opcode() { return {run, 1 + static_cast<int>(sizeof...(Arguments)), 1}; }
};

template <auto Function>
constexpr Opcode apply() {
    return Apply<Function, false>::opcode();
}

// For a function that may throw a Fault.
template <auto Function>
constexpr Opcode applyChecked() {
    return Apply<Function, true>::opcode();
}

}
