// Plain greedy decoding with llama.cpp. Reads prompts, a line of token ids each, and writes for each a line
// "promptSeconds answerSeconds id id ...". An answer ends with an end token or at MAX_NEW_TOKENS. The first prompt is answered once more
// beforehand, to warm up. With a folder, the text of prompt i is written to FOLDER/i.txt for llama.cpp's own tools, after checking that it
// becomes the same ids again.
// Usage: llama-cpp-greedy MODEL.gguf THREADS CONTEXT MAX_NEW_TOKENS f16|f32 [FOLDER]; f16 or f32 is the type of the key/value cache.
#include <llama.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MostTokens = 1 << 16, MostBytes = 1 << 20 };

static char line[MostBytes];
static llama_token prompt[MostTokens], answer[MostTokens], again[MostTokens];

static void ignore(enum ggml_log_level level, const char *text, void *data) { (void)level, (void)text, (void)data; }

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + 1e-9 * now.tv_nsec;
}

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

// The most likely token after these.
static llama_token next(struct llama_context *context, int vocabulary, llama_token *tokens, int count) {
    if (llama_decode(context, llama_batch_get_one(tokens, count)) != 0)
        fail("llama_decode failed: is CONTEXT too small?");
    const float *logits = llama_get_logits_ith(context, -1);
    int best = 0;
    for (int i = 1; i < vocabulary; i++)
        if (logits[i] > logits[best])
            best = i;
    return best;
}

// Returns the answer's length.
static int generate(struct llama_context *context, const struct llama_vocab *vocab, int promptLength, int most,
                    double *promptTime, double *answerTime) {
    int length = 0, vocabulary = llama_vocab_n_tokens(vocab);
    double start = seconds();
    llama_memory_clear(llama_get_memory(context), false);
    answer[length++] = next(context, vocabulary, prompt, promptLength);
    double prompted = seconds();
    while (length < most && !llama_vocab_is_eog(vocab, answer[length - 1])) {
        answer[length] = next(context, vocabulary, &answer[length - 1], 1);
        length++;
    }
    *promptTime = prompted - start;
    *answerTime = seconds() - prompted;
    return length;
}

static void writeText(const struct llama_vocab *vocab, int promptLength, const char *folder, int index) {
    static char text[MostBytes];
    int bytes = llama_detokenize(vocab, prompt, promptLength, text, MostBytes, false, true);
    int tokens = bytes < 0 ? -1 : llama_tokenize(vocab, text, bytes, again, MostTokens, true, true);
    if (tokens != promptLength || memcmp(again, prompt, sizeof(llama_token) * tokens) != 0)
        fail("llama.cpp turns the text of a prompt into other tokens than were given.");
    char path[4096];
    snprintf(path, sizeof path, "%s/%d.txt", folder, index);
    FILE *file = fopen(path, "wb");
    // The tools drop one line end.
    if (file == NULL || fwrite(text, 1, bytes, file) != (size_t)bytes || fputc('\n', file) == EOF || fclose(file) != 0)
        fail("A prompt's text cannot be written.");
}

int main(int count, char **arguments) {
    if (count < 6 || (strcmp(arguments[5], "f16") != 0 && strcmp(arguments[5], "f32") != 0))
        fail("Usage: llama-cpp-greedy MODEL.gguf THREADS CONTEXT MAX_NEW_TOKENS f16|f32 [FOLDER]");
    int most = atoi(arguments[4]);
    llama_log_set(ignore, NULL);
    llama_backend_init();
    struct llama_model *model = llama_model_load_from_file(arguments[1], llama_model_default_params());
    struct llama_context_params parameters = llama_context_default_params();
    parameters.n_ctx = parameters.n_batch = atoi(arguments[3]);
    parameters.n_threads = parameters.n_threads_batch = atoi(arguments[2]);
    parameters.type_k = parameters.type_v = strcmp(arguments[5], "f32") == 0 ? GGML_TYPE_F32 : GGML_TYPE_F16;
    struct llama_context *context = model == NULL ? NULL : llama_init_from_model(model, parameters);
    if (context == NULL)
        fail("llama.cpp cannot open the model.");
    const struct llama_vocab *vocab = llama_model_get_vocab(model);
    for (int index = 0; fgets(line, sizeof line, stdin) != NULL; index++) {
        int promptLength = 0;
        for (char *id = strtok(line, " \n"); id != NULL && promptLength < MostTokens; id = strtok(NULL, " \n"))
            prompt[promptLength++] = atoi(id);
        if (promptLength == 0)
            fail("A prompt is empty.");
        double promptTime, answerTime;
        if (index == 0)
            generate(context, vocab, promptLength, most, &promptTime, &answerTime);
        int length = generate(context, vocab, promptLength, most, &promptTime, &answerTime);
        printf("%.6f %.6f", promptTime, answerTime);
        for (int i = 0; i < length; i++)
            printf(" %d", answer[i]);
        printf("\n");
        if (count > 6)
            writeText(vocab, promptLength, arguments[6], index);
    }
    llama_free(context);
    llama_model_free(model);
    return 0;
}
