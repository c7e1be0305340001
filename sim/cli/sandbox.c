/* backstep sandbox: the services of a scenario, over real HTTP. */
#include "sim/sandbox/sandbox.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/checkout.h"
#include "runtime/yaml/names.h"
#include "runtime/yaml/scalar.h"
#include "sim/cli/commands.h"
#include "sim/cli/input.h"

enum option_id {
    SANDBOX_LISTEN = 1,
    SANDBOX_JOURNAL,
    SANDBOX_SYNC,
    SANDBOX_LATER,
    SANDBOX_REPLIES_TO,
    SANDBOX_TOKEN_FILE,
    SANDBOX_SECRET_FILE,
    SANDBOX_CHECKOUTS
};

static const struct cli_option options_table[] = {
    {SANDBOX_LISTEN, "listen", "ADDRESS", "127.0.0.1:9090 (default); port 0: any that is free"},
    {SANDBOX_JOURNAL, "journal", "FILE", "keep the books in it, and go on from it"},
    {SANDBOX_SYNC, "sync", NULL, "put every record of the journal on the disk at once"},
    {SANDBOX_LATER, "later", "SERVICE", "it answers 202, and by itself later; may be repeated"},
    {SANDBOX_REPLIES_TO, "replies-to", "URL", "the daemon that such answers go to"},
    {SANDBOX_TOKEN_FILE, "token-file", "FILE", "the bearer token for it"},
    {SANDBOX_SECRET_FILE, "secret-file", "FILE", "the secret that signs them"},
    {SANDBOX_CHECKOUTS, "checkouts", "N", "at most so many (default: 100000)"},
    {0}};

enum { CREDENTIAL_MAX = 256 };

/* From a file: without the line break at its end. */
struct credential {
    const char *path; /* NULL: none */
    char text[CREDENTIAL_MAX + 1];
};

struct sandbox_command {
    struct sandbox_options options;
    uint64_t checkouts;
    const char *later[SAGA_SERVICES_MAX];
    size_t later_len;
    struct credential token;
    struct credential secret;
};

static bool take_later(struct sandbox_command *sandbox, const struct cli_command *command,
                       const char *value)
{
    if (sandbox->later_len == SAGA_SERVICES_MAX) {
        cli_complain(command, "--later names at most %d services", SAGA_SERVICES_MAX);
        return false;
    }
    sandbox->later[sandbox->later_len++] = value;
    return true;
}

static bool take(void *context, const struct cli_command *command, const struct cli_option *option,
                 const char *value)
{
    struct sandbox_command *sandbox = context;
    switch ((enum option_id)option->id) {
    case SANDBOX_LISTEN:
        sandbox->options.listen = value;
        return true;
    case SANDBOX_JOURNAL:
        sandbox->options.journal = value;
        return true;
    case SANDBOX_SYNC:
        sandbox->options.sync = true;
        return true;
    case SANDBOX_LATER:
        return take_later(sandbox, command, value);
    case SANDBOX_REPLIES_TO:
        sandbox->options.replies_to = value;
        return true;
    case SANDBOX_TOKEN_FILE:
        sandbox->token.path = value;
        return true;
    case SANDBOX_SECRET_FILE:
        sandbox->secret.path = value;
        return true;
    case SANDBOX_CHECKOUTS:
        return cli_read_number(command, option, value, 1, SCENARIO_CHECKOUTS_MAX,
                               &sandbox->checkouts);
    }
    return false;
}

/* The services that answer later, by name. */
static bool find_later(struct sandbox_command *sandbox, const struct cli_command *command,
                       const struct saga_plan *plan)
{
    for (size_t i = 0; i < sandbox->later_len; i++) {
        uint8_t service = saga_plan_find_service(plan, sandbox->later[i]);
        if (service == SAGA_NONE) {
            struct yaml_names names = {0};
            char list[YAML_LIST_MAX];
            char shown[YAML_SHOWN_MAX];
            for (uint8_t s = 0; s < plan->services_len; s++) {
                yaml_names_add(&names, plan->services[s].name);
            }
            cli_complain(command, "--later is one of %s, not `%s`", yaml_names_list(&names, list),
                         yaml_show(shown, sandbox->later[i]));
            return false;
        }
        sandbox->options.later |= UINT32_C(1) << service;
    }
    if (sandbox->later_len > 0 && sandbox->options.replies_to == NULL) {
        cli_complain(command, "--later needs --replies-to: where the answers go");
        return false;
    }
    return true;
}

/* `*text`: the credential; NULL when none is named. */
static bool read_credential(struct credential *credential, const struct cli_command *command,
                            const char **text)
{
    if (credential->path == NULL) {
        return true;
    }
    FILE *file = fopen(credential->path, "re");
    if (file == NULL) {
        cli_complain(command, "%s: %s", credential->path, strerror(errno));
        return false;
    }
    size_t len = fread(credential->text, 1, CREDENTIAL_MAX, file);
    bool is_whole = ferror(file) == 0 && fgetc(file) == EOF;
    fclose(file);
    credential->text[len] = '\0';
    credential->text[strcspn(credential->text, "\r\n")] = '\0';
    if (!is_whole || credential->text[0] == '\0') {
        cli_complain(command, "%s: it holds one line of at most %d bytes", credential->path,
                     CREDENTIAL_MAX);
        return false;
    }
    *text = credential->text;
    return true;
}

static void tell_left_out(const struct scenario *scenario)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (out != NULL) {
        sandbox_write_left_out(out, scenario);
        if (fclose(out) == 0 && len > 0) {
            fprintf(stderr, "sandbox: only the simulator does, and is left out here: %s\n", text);
        }
        free(text);
    }
}

/* "sandbox: serving cart, order on http://127.0.0.1:9090" */
static bool tell_serving(const struct sandbox *sandbox, const struct sandbox_options *options)
{
    const struct saga_plan *plan = &options->scenario->plan;
    const char *colon = strrchr(options->listen, ':');
    int host_len = (int)(colon - options->listen);
    fputs("sandbox: serving ", stdout);
    for (uint8_t i = 0; i < plan->services_len; i++) {
        printf("%s%s", i == 0 ? "" : ", ", plan->services[i].name);
    }
    printf(" on http://%.*s:%u\n", host_len == 0 ? 7 : host_len,
           host_len == 0 ? "0.0.0.0" : options->listen, sandbox_port(sandbox));
    return fflush(stdout) == 0;
}

/* Until a signal asks for the end; one that whoever started the program has ignored does not. */
static void wait_for_end(const sigset_t *ending)
{
    int number = 0;
    while (sigwait(ending, &number) != 0) {
    }
}

static sigset_t ending_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct sigaction action;
        if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN) {
            sigaddset(&set, numbers[i]);
        }
    }
    return set;
}

static int serve(const struct sandbox_options *options)
{
    char why[SANDBOX_WHY_SIZE];
    sigset_t ending = ending_signals();
    pthread_sigmask(SIG_BLOCK, &ending, NULL);
    struct sandbox *sandbox = sandbox_start(options, why);
    if (sandbox == NULL) {
        fprintf(stderr, "backstep sandbox: %s\n", why);
        return CLI_FAULT;
    }
    bool told = tell_serving(sandbox, options);
    if (told) {
        wait_for_end(&ending);
    }
    sandbox_stop(sandbox);
    return told ? CLI_OK : CLI_FAULT;
}

static int load_and_serve(struct sandbox_command *sandbox, const struct cli_command *command,
                          const char *name, struct scenario *scenario)
{
    enum cli_input input;
    int status = cli_input_load(name, scenario, &input);
    if (status != CLI_OK) {
        return status;
    }
    if (!find_later(sandbox, command, &scenario->plan) ||
        !read_credential(&sandbox->token, command, &sandbox->options.token) ||
        !read_credential(&sandbox->secret, command, &sandbox->options.secret)) {
        return CLI_USAGE;
    }
    scenario->checkouts.count = (uint32_t)sandbox->checkouts;
    sandbox->options.scenario = scenario;
    tell_left_out(scenario);
    return serve(&sandbox->options);
}

static int run_sandbox(const struct cli_command *command, int argc, char **argv)
{
    struct sandbox_command sandbox = {.options = {.listen = "127.0.0.1:9090", .notes = stderr},
                                      .checkouts = SCENARIO_CHECKOUTS_MAX};
    int rest = 0;
    int status = CLI_OK;
    if (!cli_read(command, argc, argv, take, &sandbox, &rest, &status)) {
        return status;
    }
    struct scenario *scenario = malloc(sizeof(*scenario));
    if (scenario == NULL) {
        return cli_no_memory();
    }
    status = load_and_serve(&sandbox, command, rest < argc ? argv[rest] : saga_checkout_plan.name,
                            scenario);
    free(scenario);
    return status;
}

const struct cli_command cli_command_sandbox = {
    .name = "sandbox",
    .arguments = "[SCENARIO|PLAN]",
    .summary = "serves the services over real HTTP, for backstepd and for you",
    .about =
        "SCENARIO is a scenario file: its services, and its faults as far as services and network\n"
        "have them; or a plan file, or `checkout` (the built-in plan, and the default).\n\n"
        "    POST /SERVICE/ACTION   a call, as docs/writing_a_service.md tells\n"
        "    POST /events           domain events (CloudEvents), one or an array\n"
        "    POST /notification     the buyer is told\n"
        "    GET  /ledger           the books; ?checkout=ID: of one\n"
        "    GET  /ledger/check     200 when they balance, 409 with what does not\n"
        "    GET  /healthz\n\n"
        "One line on standard output tells where it listens. It ends on SIGINT and SIGTERM.\n",
    .examples = "  backstep sandbox\n  backstep sandbox --journal books.journal\n"
                "  backstep sandbox scenarios/table/payment-failed.yaml --listen 127.0.0.1:0\n"
                "  backstep sandbox --later payment --replies-to http://127.0.0.1:8080\n",
    .options = options_table,
    .arguments_max = 1,
    .run = run_sandbox,
};
