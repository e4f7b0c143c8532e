/* SPDX-License-Identifier: MIT
 * Which memory lies on which NUMA node, as the firmware's SRAT says. */
#ifndef KERNEL_NUMA_H
#define KERNEL_NUMA_H

#include <base/status.h>

/* Read the copied SRAT and give its ranges to mm. Proximity domains are numbered from 0 in the order of
 * their appearance. OK when there is no SRAT; *node_count is then 1. */
status_t numa_init(unsigned *node_count);
/* Processors that the copied MADT lists as enabled; 1 if there is none. */
unsigned numa_processor_count(void);

#endif
