/* backstepd: the checkout saga against real services. */
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/daemon/daemon.h"

static const char usage[] =
    "usage: backstepd --config FILE\n"
    "       backstepd check --config FILE\n"
    "       backstepd rebuild --config FILE\n"
    "       backstepd schema [--reference]\n"
    "\n"
    "Runs checkouts against real services: SQLite inside, REST in, HTTP out.\n"
    "\n"
    "  check            reads the file and everything that it names, and ends\n"
    "  rebuild          makes the read model anew from the events; the daemon must not run\n"
    "  schema           JSON Schema of the file, for editors; --reference: the same for people\n"
    "\n"
    "  -c, --config FILE   see docs/config_reference.md\n"
    "  -h, --help          this\n"
    "  -V, --version       the version\n"
    "\n"
    "SIGTERM and SIGINT stop it: what is under way is stored, the rest goes on at the next start.\n"
    "Exit status: 0 stopped as asked, 2 bad usage or a bad file, 3 the machine or the store "
    "failed.\n";

static int complain(const char *what, const char *which)
{
    fprintf(stderr, "backstepd: %s%s; see backstepd --help\n", what, which);
    return DAEMON_USAGE;
}

/* Everything written arrived; else status 3. */
static int finish(int status)
{
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        fprintf(stderr, "backstepd: standard output can not be written\n");
        return DAEMON_FAULT;
    }
    return status;
}

struct settings {
    const char *command; /* "serve", "check", ... */
    const char *config;
    bool reference;
};

static bool load(const struct settings *settings, struct config *config, struct access *access)
{
    struct yaml_errors errors = {0};
    bool well = config_load(settings->config, config, &errors) &&
                config_load_access(config, access, &errors);
    yaml_errors_print(&errors, stderr);
    yaml_errors_free(&errors);
    return well;
}

static int rebuild(const struct config *config)
{
    const struct saga_plan *plans[CONFIG_PLANS_MAX];
    char why[SQLITE_STORE_WHY_SIZE];
    uint64_t rows = 0;
    uint64_t changed = 0;
    for (uint32_t i = 0; i < config->plans_len; i++) {
        plans[i] = &config->plans[i];
    }
    struct sqlite_store_options options = {.path = config->database,
                                           .synchronous =
                                               (enum sqlite_store_sync)config->synchronous,
                                           .plans = plans,
                                           .plans_len = config->plans_len};
    if (access(config->database, F_OK) != 0) {
        fprintf(stderr, "backstepd: %s: there is no such database\n", config->database);
        return DAEMON_FAULT;
    }
    if (sqlite_store_rebuild(&options, &rows, &changed, why) != STORE_OK) {
        fprintf(stderr, "backstepd: %s\n", why);
        return DAEMON_FAULT;
    }
    printf("rebuilt %llu rows of checkout_progress; %llu of them were otherwise before\n",
           (unsigned long long)rows, (unsigned long long)changed);
    return DAEMON_OK;
}

/* The two signals that stop it, as a file descriptor; before any thread is there. */
static int watch_signals(void)
{
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    sigprocmask(SIG_BLOCK, &stops, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int serve(const struct config *config, struct access *access)
{
    char why[DAEMON_WHY_SIZE];
    int stop_fd = watch_signals();
    if (stop_fd < 0) {
        fprintf(stderr, "backstepd: signals can not be watched\n");
        return DAEMON_FAULT;
    }
    umask(S_IRWXG | S_IRWXO); /* what it keeps is nobody else's */
    log_set_up(stderr, (enum log_format)config->log_format, (enum log_level)config->log_level);
    enum daemon_exit status = daemon_run(config, access, stop_fd, why);
    if (why[0] != '\0') {
        fprintf(stderr, "backstepd: %s\n", why);
    }
    close(stop_fd);
    return (int)status;
}

static int run_with_config(const struct settings *settings)
{
    struct config *config = calloc(1, sizeof(*config));
    struct access *access = calloc(1, sizeof(*access));
    int status = DAEMON_FAULT;
    if (config == NULL || access == NULL) {
        fprintf(stderr, "backstepd: there is no memory left\n");
    } else if (!load(settings, config, access)) {
        status = DAEMON_USAGE;
    } else if (strcmp(settings->command, "check") == 0) {
        printf("%s: sound\n", settings->config);
        status = DAEMON_OK;
    } else if (strcmp(settings->command, "rebuild") == 0) {
        status = rebuild(config);
    } else {
        status = serve(config, access);
    }
    if (access != NULL) {
        access_wipe(access);
    }
    free(access);
    free(config);
    return finish(status);
}

static int print_schema(const struct settings *settings)
{
    bool well = settings->reference ? config_write_reference(stdout) : config_write_schema(stdout);
    if (!well) {
        fprintf(stderr, "backstepd: there is no memory left\n");
        return DAEMON_FAULT;
    }
    return finish(DAEMON_OK);
}

/* Reads the arguments; -1: go on. */
static int read_arguments(int argc, char **argv, struct settings *settings)
{
    enum { REFERENCE = 256 };
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {"reference", no_argument, NULL, REFERENCE},
                                            {0}};
    int option = 0;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":c:hV", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            settings->config = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            return finish(DAEMON_OK);
        case 'V':
            printf("backstepd %s\n", BACKSTEP_VERSION);
            return finish(DAEMON_OK);
        case REFERENCE:
            settings->reference = true;
            break;
        case ':':
            return complain("an option lacks its value: ", argv[optind - 1]);
        default:
            return complain("no such option: ", argv[optind - 1]);
        }
    }
    settings->command = optind < argc ? argv[optind++] : "serve";
    return optind < argc ? complain("one command at most, not also ", argv[optind]) : -1;
}

int main(int argc, char **argv)
{
    static const char *const commands[] = {"serve", "check", "rebuild", "schema", NULL};
    struct settings settings = {0};
    int status = read_arguments(argc, argv, &settings);
    if (status >= 0) {
        return status;
    }
    size_t i = 0;
    while (commands[i] != NULL && strcmp(commands[i], settings.command) != 0) {
        i++;
    }
    if (commands[i] == NULL) {
        return complain("no such command: ", settings.command);
    }
    if (settings.reference && strcmp(settings.command, "schema") != 0) {
        return complain("--reference goes with schema", "");
    }
    if (strcmp(settings.command, "schema") == 0) {
        return print_schema(&settings);
    }
    if (settings.config == NULL) {
        return complain("which file? --config FILE is missing", "");
    }
    return run_with_config(&settings);
}
