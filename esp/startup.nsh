@echo -off
\EFI\BOOT\BOOTX64.EFI
