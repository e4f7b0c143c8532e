/* SPDX-License-Identifier: MIT */
#include <kernel/faults.h>

#include <kernel/log.h>

static struct {
    uint64_t count;
    struct fault kept[FAULTS_KEPT];
} faults;

void fault_record(const struct trap *trap)
{
    struct fault *fault = &faults.kept[faults.count++ % FAULTS_KEPT];
    *fault = (struct fault){.microseconds = log_microseconds(), .trap = *trap};
    fault->trap.registers = nullptr; /* they lie on a stack that goes on being used */
}

uint64_t fault_count(void)
{
    return faults.count;
}

bool fault_get(unsigned index, struct fault *out)
{
    const uint64_t oldest = faults.count > FAULTS_KEPT ? faults.count - FAULTS_KEPT : 0;
    if (oldest + index >= faults.count)
        return false;
    *out = faults.kept[(oldest + index) % FAULTS_KEPT];
    return true;
}

const char *fault_access_name(const struct trap *trap)
{
    if (trap->page_fault.fetch)
        return "execution at";
    return trap->page_fault.write ? "write to" : "read of";
}

void fault_describe_cause(const struct trap *trap, char *buffer, size_t size)
{
    const struct {
        bool holds;
        const char *words;
    } causes[] = {
        {!trap->page_fault.present, "not present"},
        {trap->page_fault.present && trap->page_fault.fetch, "no-execute page"},
        {trap->page_fault.present && trap->page_fault.write && !trap->page_fault.fetch,
         "read-only page"},
        {trap->page_fault.reserved_bit, "a reserved bit is set in the tables"},
        {trap->page_fault.protection_key, "refused by its protection key"},
        {trap->page_fault.shadow_stack, "shadow-stack access"},
        {trap->page_fault.user, "from user mode"},
    };
    size_t length = 0;
    buffer[0] = '\0';
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
        if (causes[i].holds)
            length += (size_t)format_text(buffer + length, size - length, "%s%s",
                                          length > 0 ? ", " : "", causes[i].words);
    if (length == 0)
        format_text(buffer, size, "present, but not for the kernel");
}
