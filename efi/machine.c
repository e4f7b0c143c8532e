/* SPDX-License-Identifier: MIT
 * The end of the machine's run, by the firmware. Source: UEFI 2.10, 8.5.1 (ResetSystem), 8.5.4 (OsIndications). */
#include "inspector.h"

static constexpr uint32_t KEPT_AND_VISIBLE =
    EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS;

/* 0 where the firmware has none, or one that is none: these have eight bytes. */
static uint64_t read_indications(struct firmware *fw, CHAR16 *name)
{
    EFI_GUID global = EFI_GLOBAL_VARIABLE;
    uint64_t value = 0;
    UINTN size = sizeof value;
    const EFI_STATUS status = FIRMWARE_CALL(
        fw, fw->system->RuntimeServices->GetVariable(name, &global, nullptr, &size, &value));
    return !EFI_ERROR(status) && size == sizeof value ? value : 0;
}

EFI_STATUS machine_enter_setup(struct firmware *fw)
{
    static CHAR16 supported[] = u"OsIndicationsSupported", wanted[] = u"OsIndications";
    EFI_GUID global = EFI_GLOBAL_VARIABLE;
    if ((read_indications(fw, supported) & EFI_OS_INDICATIONS_BOOT_TO_FW_UI) == 0)
        return EFI_UNSUPPORTED;
    uint64_t value = read_indications(fw, wanted) | EFI_OS_INDICATIONS_BOOT_TO_FW_UI;
    const EFI_STATUS status =
        FIRMWARE_CALL(fw, fw->system->RuntimeServices->SetVariable(
                              wanted, &global, KEPT_AND_VISIBLE, sizeof value, &value));
    if (EFI_ERROR(status))
        return status;
    machine_restart(fw);
    return EFI_DEVICE_ERROR;
}

void machine_restart(struct firmware *fw)
{
    fw->system->RuntimeServices->ResetSystem(EfiResetWarm, EFI_SUCCESS, 0, nullptr);
}

void machine_power_off(struct firmware *fw)
{
    fw->system->RuntimeServices->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, nullptr);
}
