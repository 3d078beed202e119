// The kernels of the self-test, right ones and wrong ones.
#pragma once
#include <string>

// Each kernel has the thread's number in %r0, and times 4 in %rd0. Its name is its own, because a race is reported once for a name and a
// place.
inline std::string kernel(const std::string& parameters, const std::string& body, const std::string& directives = "") {
    static int count = 0;
    return ".version 8.2\n.target sm_90\n.address_size 64\n.visible .entry Kernel" + std::to_string(++count) + "(" + parameters + ")\n"
        + directives + "{\n.reg .pred %p<9>;\nmov.u32 %r0, %tid.x;\nmul.wide.u32 %rd0, %r0, 4;\n" + body + "ret;\n}\n";
}

inline std::string withPointer(const std::string& body, const std::string& directives = "") {
    return kernel(".param .b64 y", "ld.param.b64 %rd1, [y];\n" + body, directives);
}

// y[i] = a * x[i] + y[i] for i below n
inline std::string saxpy() {
    return kernel(".param .b32 n, .param .f32 a, .param .b64 x, .param .b64 y", R"(
        ld.param.b32 %r1, [n];
        ld.param.f32 %f1, [a];
        ld.param.b64 %rd1, [x];
        ld.param.b64 %rd2, [y];
        mov.u32 %r2, %ctaid.x;
        mov.u32 %r3, %ntid.x;
        mad.lo.u32 %r4, %r2, %r3, %r0;
        setp.ge.s32 %p1, %r4, %r1;
        @%p1 bra Done;
        mul.wide.u32 %rd3, %r4, 4;
        add.s64 %rd1, %rd1, %rd3;
        add.s64 %rd2, %rd2, %rd3;
        ld.global.f32 %f2, [%rd1];
        ld.global.f32 %f3, [%rd2];
        fma.rn.f32 %f3, %f1, %f2, %f3;
        st.global.f32 [%rd2], %f3;
    Done:
    )");
}

// y[i] += 1, and with an offset of 4, y[i + 1] += 1
inline std::string increment(const std::string& offset = "0") {
    return withPointer("add.s64 %rd2, %rd1, %rd0;\nld.global.u32 %r1, [%rd2+" + offset + "];\nadd.u32 %r1, %r1, 1;\nst.global.u32 [%rd2+"
        + offset + "], %r1;\n");
}

// y[0] = 2^20 - 1, after as many jumps and stores
inline std::string longLoop() {
    return withPointer(R"(
        mov.u32 %r1, 0;
    Again:
        st.global.u32 [%rd1], %r1;
        add.u32 %r1, %r1, 1;
        setp.lt.u32 %p1, %r1, 1048576;
        @%p1 bra Again;
    )");
}

inline std::string misalignedVector() {
    return withPointer("ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%rd1+4];\n");
}

// y[i] = i ^ distance, by way of shared memory
inline std::string exchange(const std::string& distance, const std::string& barrier) {
    return withPointer(R"(
        .shared .align 4 .b8 tile[256];
        mov.b64 %rd2, tile;
        add.s64 %rd3, %rd2, %rd0;
        st.shared.u32 [%rd3], %r0;
        )" + barrier + R"(
        xor.b32 %r1, %r0, )" + distance + R"(;
        mul.wide.u32 %rd4, %r1, 4;
        add.s64 %rd4, %rd2, %rd4;
        ld.shared.u32 %r2, [%rd4];
        add.s64 %rd5, %rd1, %rd0;
        st.global.u32 [%rd5], %r2;
    )");
}

inline std::string divergentShuffle() {
    return kernel("", R"(
        setp.ge.u32 %p1, %r0, 16;
        @%p1 bra Done;
        shfl.sync.bfly.b32 %r1, %r0, 1, 31, -1;
    Done:
    )");
}

inline std::string divisionByZero() {
    return kernel("", "mov.s32 %r1, 0;\ndiv.s32 %r2, %r0, %r1;\n");
}

// c += a * b: a is 16 rows of 16, b is 8 columns of 16, c is 16 rows of 8
inline std::string multiply(const std::string& type) {
    return kernel(".param .b64 a, .param .b64 b, .param .b64 c", R"(
        ld.param.b64 %rd1, [a];
        ld.param.b64 %rd2, [b];
        ld.param.b64 %rd3, [c];
        shr.u32 %r1, %r0, 2;
        and.b32 %r2, %r0, 3;
        shl.b32 %r3, %r1, 5;
        shl.b32 %r4, %r2, 2;
        add.u32 %r5, %r3, %r4;
        cvt.u64.u32 %rd4, %r5;
        add.u64 %rd1, %rd1, %rd4;
        add.u64 %rd2, %rd2, %rd4;
        add.u32 %r6, %r5, %r4;
        cvt.u64.u32 %rd5, %r6;
        add.u64 %rd3, %rd3, %rd5;
        ld.global.b32 %a0, [%rd1];
        ld.global.b32 %a1, [%rd1+256];
        ld.global.b32 %a2, [%rd1+16];
        ld.global.b32 %a3, [%rd1+272];
        ld.global.b32 %b0, [%rd2];
        ld.global.b32 %b1, [%rd2+16];
        ld.global.v2.f32 {%f0, %f1}, [%rd3];
        ld.global.v2.f32 {%f2, %f3}, [%rd3+256];
        mma.sync.aligned.m16n8k16.row.col.f32.)" + type + "." + type + R"(.f32
            {%f0, %f1, %f2, %f3}, {%a0, %a1, %a2, %a3}, {%b0, %b1}, {%f0, %f1, %f2, %f3};
        st.global.v2.f32 [%rd3], {%f0, %f1};
        st.global.v2.f32 [%rd3+256], {%f2, %f3};
    )");
}

// Copies 32 rows of 16 bytes to shared memory, loads them as four matrices and writes the four registers of each lane.
inline std::string loadMatrices(const std::string& trans) {
    return kernel(".param .b64 x, .param .b64 y", R"(
        .shared .align 16 .b8 tile[512];
        ld.param.b64 %rd1, [x];
        ld.param.b64 %rd2, [y];
        mul.wide.u32 %rd3, %r0, 16;
        add.s64 %rd1, %rd1, %rd3;
        add.s64 %rd2, %rd2, %rd3;
        ld.global.v4.b32 {%r1, %r2, %r3, %r4}, [%rd1];
        mov.u32 %r5, tile;
        shl.b32 %r6, %r0, 4;
        add.u32 %r5, %r5, %r6;
        st.shared.v4.b32 [%r5], {%r1, %r2, %r3, %r4};
        bar.warp.sync 0xffffffff;
        ldmatrix.sync.aligned.m8n8.x4)" + trans + R"(.shared.b16 {%r1, %r2, %r3, %r4}, [%r5];
        st.global.v4.b32 [%rd2], {%r1, %r2, %r3, %r4};
    )");
}
