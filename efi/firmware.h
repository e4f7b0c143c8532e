/* SPDX-License-Identifier: MIT
 * The firmware: its services, how long we spent in them, and what its status numbers are called. */
#ifndef EFI_FIRMWARE_H
#define EFI_FIRMWARE_H

#include "io.h"

#include <efi.h>
#include <stdint.h>

/* gnu-efi 3.0.15 stops before these. UEFI 2.10, 7.2.3: the memory types and attributes since 2.5. */
constexpr uint32_t MEMORY_TYPE_PERSISTENT = 14;
constexpr uint32_t MEMORY_TYPE_UNACCEPTED = 15;

struct firmware {
    EFI_HANDLE image;
    EFI_SYSTEM_TABLE *system;
    EFI_BOOT_SERVICES *boot;
    EFI_LOADED_IMAGE *self;
    bool console_lost;  /* ExitBootServices was called: the console may be gone */
    uint64_t ticks;     /* TSC spent in firmware calls */
    uint64_t called_at; /* TSC of the running call */
};

/* Call firmware and count the time: FIRMWARE_CALL(fw, fw->boot->Stall(10)). */
#define FIRMWARE_CALL(fw, call) (firmware_enter(fw), firmware_leave(fw, (call)))

static inline void firmware_enter(struct firmware *fw)
{
    fw->called_at = read_tsc();
}

[[nodiscard]] static inline EFI_STATUS firmware_leave(struct firmware *fw, EFI_STATUS status)
{
    fw->ticks += read_tsc() - fw->called_at;
    return status;
}

/* "EFI_NOT_FOUND"; a fixed text for a number that is none. */
const char *firmware_status_name(EFI_STATUS status);

/* A protocol of a handle; null if it has none (or if the handle is null). */
void *firmware_protocol(struct firmware *fw, EFI_HANDLE handle, const EFI_GUID *protocol);
/* The first protocol of that kind in the system, or null. */
void *firmware_find_protocol(struct firmware *fw, const EFI_GUID *protocol);

#endif
