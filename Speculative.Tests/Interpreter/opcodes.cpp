// The table of all instructions.
#include "opcodes.h"

namespace ptx {

static Opcodes all() {
    Opcodes opcodes;
    addArithmetic(opcodes);
    addIntegerArithmetic(opcodes);
    addComparisons(opcodes);
    addConversions(opcodes);
    addAccesses(opcodes);
    addControl(opcodes);
    addWarpInstructions(opcodes);
    return opcodes;
}

const Opcode* findOpcode(const std::string& name) {
    static const Opcodes opcodes = all();
    const auto found = opcodes.find(name);
    return found == opcodes.end() ? nullptr : &found->second;
}

}
