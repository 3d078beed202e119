// Instructions that a warp executes as one: barrier, shuffle, and the two of the tensor cores.
//
// A tensor core works on fragments: matrices whose elements are spread over the registers of the 32 lanes. In the PTX ISA's terms, lane l
// belongs to group g = l / 4 and has number t = l % 4 in it. A register of the arguments holds two 16-bit elements, the first in its low
// half.
//
// ldmatrix.x4 loads four matrices of 8 rows of 8 elements. Lane l brings the address of row l % 8 of matrix l / 8. Register j of lane l
// receives the elements (g, 2t) and (g, 2t + 1) of matrix j, and with .trans those of the transposed matrix: (2t, g) and (2t + 1, g).
//
// mma.m16n8k16 adds the product of A, 16 rows of 16, and B, 16 rows of 8, to C, 16 rows of 8. Its fragments are made of such 8 by 8 pieces:
//   A  register 0: (g, 2t) and (g, 2t + 1)    1: the same of row g + 8    2: of column + 8    3: of row + 8 and column + 8
//   B  register 0: (2t, g) and (2t + 1, g)    1: the same of row + 8, so a register runs down a column
//   C  registers 0 and 1: (g, 2t) and (g, 2t + 1)    2 and 3: the same of row g + 8, all in single precision; D is as C
#include "warp.h"
#include "control.h"
#include "fault.h"
#include "opcodes.h"
#include <array>

namespace ptx {

constexpr int Lanes = 32;

void Warp::demandAllLanes() const {
    if (lanes_ != Lanes)
        throw Fault("only " + std::to_string(lanes_) + " lanes of the warp have arrived");
}

const uint8_t* Warp::shared(int lane, const WarpInstruction& instruction, int operand, uint64_t bytes) {
    const uint64_t address = get<uint64_t>(lane, operand, instruction) + static_cast<int64_t>(instruction.offset);
    return block_.shared(thread(lane), thread(lane).at, address, bytes, Use::Read, nullptr);
}

static void demandFullMask(const WarpInstruction& instruction, Warp& warp, int operand) {
    for (int lane = 0; lane < Lanes; lane++)
        if (warp.get<uint32_t>(lane, operand, instruction) != ~uint32_t{0})
            throw Fault("the mask leaves lanes out, which is not interpreted");
}

// A block's last warp may be part of one, and the mask may name lanes that it does not have.
static void barrier(const WarpInstruction&, Warp& warp) {
    warp.passBarrier();
}

// Operands: result, value, what to combine the lane's number with, the last lane of a segment, mask.
static void shuffleButterfly(const WarpInstruction& instruction, Warp& warp) {
    warp.demandAllLanes();
    demandFullMask(instruction, warp, 4);
    std::array<uint32_t, Lanes> values;
    for (int lane = 0; lane < Lanes; lane++)
        values[lane] = warp.get<uint32_t>(lane, 1, instruction);
    for (int lane = 0; lane < Lanes; lane++) {
        const uint32_t from = static_cast<uint32_t>(lane) ^ warp.get<uint32_t>(lane, 2, instruction);
        if (from >= Lanes || warp.get<uint32_t>(lane, 3, instruction) != Lanes - 1)
            throw Fault("shuffles that leave the warp or divide it are not interpreted");
        warp.set(lane, 0, instruction, values[from]);
    }
}

// Operands: four results, address.
template <bool Transposed>
static void loadMatrices(const WarpInstruction& instruction, Warp& warp) {
    warp.demandAllLanes();
    uint16_t matrices[4][8][8];
    for (int lane = 0; lane < Lanes; lane++)
        std::memcpy(matrices[lane / 8][lane % 8], warp.shared(lane, instruction, 4, 16), 16);
    for (int lane = 0; lane < Lanes; lane++) {
        const int group = lane / 4;
        const int pair = 2 * (lane % 4);
        for (int j = 0; j < 4; j++) {
            const auto& matrix = matrices[j];
            if (Transposed)
                warp.set(lane, j, instruction, Pair<uint16_t>{matrix[pair][group], matrix[pair + 1][group]});
            else
                warp.set(lane, j, instruction, Pair<uint16_t>{matrix[group][pair], matrix[group][pair + 1]});
        }
    }
}

// Operands: four results, four registers of A, two of B, four of C. The products of 16-bit numbers are exact in single precision. They are
// added in the order of k, which a GPU does not promise either.
template <class T>
static void multiplyMatrices(const WarpInstruction& instruction, Warp& warp) {
    warp.demandAllLanes();
    float a[16][16];
    float b[16][8];
    float c[16][8];
    for (int lane = 0; lane < Lanes; lane++) {
        const int group = lane / 4;
        const int pair = 2 * (lane % 4);
        for (int piece = 0; piece < 4; piece++) {
            const auto values = warp.get<Pair<T>>(lane, 4 + piece, instruction);
            float* at = &a[group + piece % 2 * 8][pair + piece / 2 * 8];
            at[0] = toFloat(values.low);
            at[1] = toFloat(values.high);
        }
        for (int piece = 0; piece < 2; piece++) {
            const auto values = warp.get<Pair<T>>(lane, 8 + piece, instruction);
            b[pair + piece * 8][group] = toFloat(values.low);
            b[pair + piece * 8 + 1][group] = toFloat(values.high);
        }
        for (int piece = 0; piece < 4; piece++)
            c[group + piece / 2 * 8][pair + piece % 2] = warp.get<float>(lane, 10 + piece, instruction);
    }
    for (int row = 0; row < 16; row++) {
        float sums[8] = {};
        for (int k = 0; k < 16; k++)
            for (int column = 0; column < 8; column++)
                sums[column] += a[row][k] * b[k][column];
        for (int column = 0; column < 8; column++)
            c[row][column] += sums[column];
    }
    for (int lane = 0; lane < Lanes; lane++)
        for (int piece = 0; piece < 4; piece++)
            warp.set(lane, piece, instruction, c[lane / 4 + piece / 2 * 8][2 * (lane % 4) + piece % 2]);
}

void addWarpInstructions(Opcodes& opcodes) {
    opcodes["bar.warp.sync"] = {waitForWarp, 1, 0, barrier};
    opcodes["shfl.sync.bfly.b32"] = {waitForWarp, 5, 1, shuffleButterfly};
    opcodes["ldmatrix.sync.aligned.m8n8.x4.shared.b16"] = {waitForWarp, 5, 4, loadMatrices<false>};
    opcodes["ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16"] = {waitForWarp, 5, 4, loadMatrices<true>};
    opcodes["mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32"] = {waitForWarp, 14, 4, multiplyMatrices<BFloat16>};
    opcodes["mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"] = {waitForWarp, 14, 4, multiplyMatrices<Half>};
}

}
