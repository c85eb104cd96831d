/** Directives that systemd 239 knows, of those that units like ours have any use for: the oldest one that the guide names has it. */
export const KNOWN_TO_239: Readonly<Record<string, readonly string[]>> = {
  Unit: "Description Documentation Wants Requires After Before PartOf Conflicts OnFailure StartLimitIntervalSec StartLimitBurst".split(
    " ",
  ),
  Service: [
    "Type NotifyAccess ExecStart ExecStartPre ExecStartPost ExecReload ExecStop ExecStopPost Restart RestartSec RestartPreventExitStatus",
    "SuccessExitStatus TimeoutStartSec TimeoutStopSec WatchdogSec KillMode KillSignal SendSIGKILL FileDescriptorStoreMax",
    "User Group SupplementaryGroups WorkingDirectory UMask Environment EnvironmentFile PassEnvironment UnsetEnvironment",
    "StandardInput StandardOutput StandardError SyslogIdentifier SyslogFacility SyslogLevel SyslogLevelPrefix LogLevelMax",
    "Nice OOMScoreAdjust LimitNOFILE LimitCORE LimitNPROC MemoryAccounting MemoryLow MemoryHigh MemoryMax MemoryLimit MemorySwapMax",
    "TasksAccounting TasksMax CPUAccounting CPUWeight CPUQuota IPAccounting IPAddressAllow IPAddressDeny DevicePolicy DeviceAllow Delegate",
    "NoNewPrivileges CapabilityBoundingSet AmbientCapabilities SecureBits KeyringMode RemoveIPC Slice",
    "ProtectSystem ProtectHome ReadWritePaths ReadOnlyPaths InaccessiblePaths BindPaths BindReadOnlyPaths TemporaryFileSystem",
    "PrivateTmp PrivateDevices PrivateNetwork PrivateUsers PrivateMounts ProtectKernelTunables ProtectKernelModules ProtectControlGroups",
    "RuntimeDirectory RuntimeDirectoryMode RuntimeDirectoryPreserve StateDirectory StateDirectoryMode LogsDirectory LogsDirectoryMode",
    "RestrictAddressFamilies RestrictNamespaces RestrictRealtime LockPersonality MemoryDenyWriteExecute",
    "SystemCallArchitectures SystemCallFilter SystemCallErrorNumber",
  ].flatMap((line) => line.split(" ")),
  Install: ["WantedBy", "RequiredBy", "Also", "Alias"],
};

/** What came later and is used all the same: an older systemd says that it passes it over, and this is what is lacking then. */
export const LATER: Readonly<Record<string, string>> = {
  WatchdogSignal: "240: a daemon that stands still ends by SIGABRT, which ends it as well",
  ProtectHostname: "242",
  RestrictSUIDSGID: "242",
  OOMPolicy: "243: where memory ends for one of its processes the unit goes on there in any case",
  ProtectKernelLogs: "244",
  ProtectClock: "245",
  ProtectProc: "247",
};
