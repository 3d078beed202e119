// Times llama.cpp's passes over a few rows with the logits of every row, as "bench calibrate" times ours: passes over the row counts
// alternate, of two in a row the second counts, and the lower quartile is taken, because other programs only ever make a pass slower.
// Usage: llama-cpp-passes MODEL.gguf THREADS CONTEXT REPETITIONS ROWS...; writes a line "rows milliseconds" for each row count.
#include <llama.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void ignore(enum ggml_log_level level, const char *text, void *data) { (void)level, (void)text, (void)data; }

static double milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e3 * now.tv_sec + 1e-6 * now.tv_nsec;
}

// Tokens at the positions from "start" on, logits for all of them. Their rows are forgotten again unless "keep".
static double pass(struct llama_context *context, struct llama_batch batch, int start, int rows, int keep) {
    batch.n_tokens = rows;
    for (int i = 0; i < rows; i++) {
        batch.token[i] = i;
        batch.pos[i] = start + i;
        batch.n_seq_id[i] = 1;
        batch.seq_id[i][0] = 0;
        batch.logits[i] = 1;
    }
    double begin = milliseconds();
    if (llama_decode(context, batch) != 0 || llama_get_logits(context) == NULL) {
        fprintf(stderr, "llama_decode failed on %d rows after %d tokens.\n", rows, start);
        exit(1);
    }
    double time = milliseconds() - begin;
    if (!keep)
        llama_memory_seq_rm(llama_get_memory(context), 0, start, -1);
    return time;
}

static int ascending(const void *a, const void *b) { return (*(double *)a > *(double *)b) - (*(double *)a < *(double *)b); }

int main(int count, char **arguments) {
    if (count < 6) {
        fprintf(stderr, "Usage: llama-cpp-passes MODEL.gguf THREADS CONTEXT REPETITIONS ROWS...\n");
        return 2;
    }
    int threads = atoi(arguments[2]), start = atoi(arguments[3]), repetitions = atoi(arguments[4]), points = count - 5, most = start;
    for (int point = 0; point < points; point++)
        most = atoi(arguments[5 + point]) > most ? atoi(arguments[5 + point]) : most;
    llama_log_set(ignore, NULL);
    llama_backend_init();
    struct llama_model *model = llama_model_load_from_file(arguments[1], llama_model_default_params());
    struct llama_context_params parameters = llama_context_default_params();
    parameters.n_ctx = start + most;
    parameters.n_batch = parameters.n_ubatch = most;
    parameters.n_threads = parameters.n_threads_batch = threads;
    struct llama_context *context = model == NULL ? NULL : llama_init_from_model(model, parameters);
    if (context == NULL) {
        fprintf(stderr, "llama.cpp cannot open %s.\n", arguments[1]);
        return 1;
    }
    struct llama_batch batch = llama_batch_init(most, 0, 1);
    if (start > 0)
        pass(context, batch, 0, start, 1);
    double *times = malloc(sizeof(double) * points * repetitions);
    for (int repetition = -2; repetition < repetitions; repetition++) // the first rounds warm up
        for (int point = 0; point < points; point++) {
            int rows = atoi(arguments[5 + point]);
            pass(context, batch, start, rows, 0);
            double time = pass(context, batch, start, rows, 0);
            if (repetition >= 0)
                times[point * repetitions + repetition] = time;
        }
    for (int point = 0; point < points; point++) {
        qsort(times + point * repetitions, repetitions, sizeof(double), ascending);
        printf("%d %.4f\n", atoi(arguments[5 + point]), times[point * repetitions + repetitions / 4]);
    }
    free(times);
    llama_batch_free(batch);
    llama_free(context);
    llama_model_free(model);
    return 0;
}
