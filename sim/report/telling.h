/*
 * Inside the story: what its parts share.
 *     story.c          goes through the records, and tells of violations
 *     story_message.c  what is sent, what arrives, what becomes of it on the way
 *     story_node.c     what a node takes, stores and publishes
 *     story_world.c    what befalls nodes, services, the network and clocks
 */
#ifndef BACKSTEP_SIM_REPORT_TELLING_H
#define BACKSTEP_SIM_REPORT_TELLING_H

#include "sim/report/story.h"

/* What has been told of one checkout. */
struct told {
    struct saga_session session; /* as stored last; zeroed: not started */
    uint64_t events;             /* a subscriber got those with a lower sequence */
};

struct report_story {
    const struct scenario *scenario;
    const struct saga_plan *plan;
    const struct run_result *result;
    uint32_t checkout; /* 0: all */
    report_line_taker *take;
    void *context;
    size_t violations_told;
    struct report_line line;
    struct told *told; /* of `checkout`, or by checkout - 1 */
};

/* Begins a line of the record's instant: "from -> to", or `from` alone (`to` NULL). The words are
 * the caller's to fill until telling_end(). */
struct report_words *telling_begin(struct report_story *story, const struct sim_record *record,
                                   const char *from, const char *to);
void telling_end(struct report_story *story);

/* The call and its attempt: "authorize_payment #1"; garbage may be about a call that is none. */
void telling_add_attempt(const struct report_story *story, struct report_words *what,
                         const struct sim_record *record);

/* The same, and the epoch of its key: of a record whose `epoch` is one. */
void telling_add_call(const struct report_story *story, struct report_words *what,
                      const struct sim_record *record);
void telling_add_answer(const struct report_story *story, struct report_words *what,
                        const struct sim_record *record);

/* The service that the record's call is sent to; "nobody" for a call that is none. */
const char *telling_service(const struct report_story *story, const struct sim_record *record);

/* Each tells records[0] and what belongs to it, and returns how many records that were. */
uint32_t telling_sent(struct report_story *story, const struct sim_record *records, uint32_t len);
uint32_t telling_arrived(struct report_story *story, const struct sim_record *records,
                         uint32_t len);
uint32_t telling_message(struct report_story *story, const struct sim_record *records,
                         uint32_t len);
uint32_t telling_published(struct report_story *story, const struct sim_record *records,
                           uint32_t len);

/* Tells that a session is stored, and what came of it: `step` has it. */
void telling_stored(struct report_story *story, const struct sim_record *record,
                    const struct sim_step *step);

/* Each tells of one record, of the kind that it is named for. */
void telling_handled(struct report_story *story, const struct sim_record *record);
void telling_unstored(struct report_story *story, const struct sim_record *record);
void telling_notified(struct report_story *story, const struct sim_record *record);
void telling_unpublished(struct report_story *story, const struct sim_record *record);
void telling_owed(struct report_story *story, const struct sim_record *record);
void telling_lapsed(struct report_story *story, const struct sim_record *record);
void telling_mended(struct report_story *story, const struct sim_record *record);
void telling_slowed(struct report_story *story, const struct sim_record *record);
void telling_late(struct report_story *story, const struct sim_record *record);
void telling_crashed(struct report_story *story, const struct sim_record *record);
void telling_restarted(struct report_story *story, const struct sim_record *record);
void telling_paused(struct report_story *story, const struct sim_record *record);
void telling_resumed(struct report_story *story, const struct sim_record *record);
void telling_jumped(struct report_story *story, const struct sim_record *record);
void telling_drifted(struct report_story *story, const struct sim_record *record);
void telling_service_crashed(struct report_story *story, const struct sim_record *record);
void telling_service_restarted(struct report_story *story, const struct sim_record *record);
void telling_partitioned(struct report_story *story, const struct sim_record *record);
void telling_joined(struct report_story *story, const struct sim_record *record);

#endif
