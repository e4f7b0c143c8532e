/* SPDX-License-Identifier: MIT */
#include "firmware.h"

const char *firmware_status_name(EFI_STATUS status)
{
    /* UEFI 2.10, appendix D; 29 and 30 are not given out */
    static const char *const names[] = {
        "EFI_SUCCESS",
        "EFI_LOAD_ERROR",
        "EFI_INVALID_PARAMETER",
        "EFI_UNSUPPORTED",
        "EFI_BAD_BUFFER_SIZE",
        "EFI_BUFFER_TOO_SMALL",
        "EFI_NOT_READY",
        "EFI_DEVICE_ERROR",
        "EFI_WRITE_PROTECTED",
        "EFI_OUT_OF_RESOURCES",
        "EFI_VOLUME_CORRUPTED",
        "EFI_VOLUME_FULL",
        "EFI_NO_MEDIA",
        "EFI_MEDIA_CHANGED",
        "EFI_NOT_FOUND",
        "EFI_ACCESS_DENIED",
        "EFI_NO_RESPONSE",
        "EFI_NO_MAPPING",
        "EFI_TIMEOUT",
        "EFI_NOT_STARTED",
        "EFI_ALREADY_STARTED",
        "EFI_ABORTED",
        "EFI_ICMP_ERROR",
        "EFI_TFTP_ERROR",
        "EFI_PROTOCOL_ERROR",
        "EFI_INCOMPATIBLE_VERSION",
        "EFI_SECURITY_VIOLATION",
        "EFI_CRC_ERROR",
        "EFI_END_OF_MEDIA",
        nullptr,
        nullptr,
        "EFI_END_OF_FILE",
        "EFI_INVALID_LANGUAGE",
        "EFI_COMPROMISED_DATA",
        "EFI_IP_ADDRESS_CONFLICT",
        "EFI_HTTP_ERROR",
    };
    uint64_t number = status & ~EFI_ERROR_MASK;
    if ((status != EFI_SUCCESS && !EFI_ERROR(status)) || number >= sizeof names / sizeof names[0] ||
        names[number] == nullptr)
        return "a status without a name";
    return names[number];
}

void *firmware_protocol(struct firmware *fw, EFI_HANDLE handle, const EFI_GUID *protocol)
{
    EFI_GUID guid = *protocol; /* firmware's prototype is not const */
    void *found = nullptr;
    if (handle == nullptr)
        return nullptr;
    EFI_STATUS status = FIRMWARE_CALL(fw, fw->boot->HandleProtocol(handle, &guid, &found));
    return EFI_ERROR(status) ? nullptr : found;
}

void *firmware_find_protocol(struct firmware *fw, const EFI_GUID *protocol)
{
    EFI_GUID guid = *protocol;
    void *found = nullptr;
    EFI_STATUS status = FIRMWARE_CALL(fw, fw->boot->LocateProtocol(&guid, nullptr, &found));
    return EFI_ERROR(status) ? nullptr : found;
}
