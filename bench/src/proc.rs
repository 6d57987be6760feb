//! What the kernel says about processes and about the machine: readings of /proc. Each is one moment;
//! differences are taken by whoever reads twice. Nothing here waits or guesses: what can't be read is
//! zero, because a process may end between two readings.

use serde::Serialize;
use std::fs::read_to_string;

/// Microseconds in a tick of /proc/PID/stat: USER_HZ is 100 on every architecture that Linux runs Rust on.
const TICK_US: u64 = 10_000;

/// CPU time used by a process since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cpu {
    /// In its own code, microseconds.
    pub(crate) user_us: u64,
    /// In the kernel on its behalf, microseconds.
    pub(crate) system_us: u64,
}

impl Cpu {
    /// The reading for a process.
    pub(crate) fn of(pid: u32) -> Self {
        read_to_string(format!("/proc/{pid}/stat"))
            .map_or_else(|_| Self::default(), |stat| Self::parse(&stat))
    }

    /// Fields 14 and 15 (proc_pid_stat(5)); the name in field 2 may itself hold spaces and parentheses.
    fn parse(stat: &str) -> Self {
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let mut ticks =
            after_name.split_whitespace().skip(11).map(|field| field.parse().unwrap_or(0) * TICK_US);
        Self { user_us: ticks.next().unwrap_or(0), system_us: ticks.next().unwrap_or(0) }
    }

    /// Both together, microseconds.
    pub(crate) const fn total_us(self) -> u64 {
        self.user_us + self.system_us
    }

    /// With what another process used.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self { user_us: self.user_us + other.user_us, system_us: self.system_us + other.system_us }
    }

    /// What was used since an earlier reading of the same process.
    pub(crate) const fn since(self, before: Self) -> Self {
        Self {
            user_us: self.user_us.saturating_sub(before.user_us),
            system_us: self.system_us.saturating_sub(before.system_us),
        }
    }
}

/// Resident memory of a process in bytes.
pub(crate) fn resident_bytes(pid: u32) -> u64 {
    read_to_string(format!("/proc/{pid}/status")).map_or(0, |status| number_after(&status, "VmRSS:") << 10)
}

/// Bytes that a process caused to be written to a disk since it began.
pub(crate) fn written_bytes(pid: u32) -> u64 {
    read_to_string(format!("/proc/{pid}/io")).map_or(0, |io| number_after(&io, "write_bytes:"))
}

/// Memory that the kernel holds, machine-wide, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Kernel {
    /// Buffers of TCP sockets, both ends of loopback connections counted.
    pub(crate) sockets_bytes: u64,
    /// Slab caches: the sockets themselves, files, inodes, timers.
    pub(crate) slab_bytes: u64,
    /// What a new program could still have.
    pub(crate) available_bytes: u64,
}

impl Kernel {
    /// The reading for this machine.
    pub(crate) fn now() -> Self {
        let memory = read_to_string("/proc/meminfo").unwrap_or_default();
        let sockets = read_to_string("/proc/net/sockstat").unwrap_or_default();
        Self {
            sockets_bytes: socket_pages(&sockets) * page_bytes(),
            slab_bytes: number_after(&memory, "Slab:") << 10,
            available_bytes: number_after(&memory, "MemAvailable:") << 10,
        }
    }
}

/// Where the CPU time of all cores went since the machine began, in microseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cores {
    /// Doing something for anybody.
    pub(crate) busy_us: u64,
    /// Doing nothing.
    pub(crate) idle_us: u64,
    /// Taken by the hypervisor for other guests.
    pub(crate) stolen_us: u64,
}

impl Cores {
    /// The reading for this machine.
    pub(crate) fn now() -> Self {
        Self::parse(&read_to_string("/proc/stat").unwrap_or_default())
    }

    /// The first line: user nice system idle iowait irq softirq steal.
    fn parse(stat: &str) -> Self {
        let line = stat.lines().next().unwrap_or_default();
        let mut sum = Self::default();
        for (place, field) in line.split_whitespace().skip(1).take(8).enumerate() {
            let us = field.parse().unwrap_or(0) * TICK_US;
            match place {
                3 | 4 => sum.idle_us += us,
                7 => sum.stolen_us += us,
                _ => sum.busy_us += us,
            }
        }
        sum
    }
}

/// The machine that a report was made on.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    /// The name of its processor.
    pub(crate) processor: String,
    /// How many cores it has.
    pub(crate) cores: usize,
    /// Its memory in bytes.
    pub(crate) memory_bytes: u64,
    /// Its kernel.
    pub(crate) kernel: String,
}

impl Machine {
    /// This one.
    pub(crate) fn here() -> Self {
        let cpu = read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model =
            cpu.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split_once(':'));
        let memory = read_to_string("/proc/meminfo").unwrap_or_default();
        Self {
            processor: model.map_or_else(|| "unknown".into(), |(_, name)| name.trim().into()),
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            memory_bytes: number_after(&memory, "MemTotal:") << 10,
            kernel: read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().into(),
        }
    }
}

/// The number behind a name in a file of `Name:   123` lines.
fn number_after(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn socket_pages(sockstat: &str) -> u64 {
    let mut words = sockstat.lines().find(|line| line.starts_with("TCP:")).unwrap_or_default().split(' ');
    words.find(|word| *word == "mem");
    words.next().and_then(|pages| pages.parse().ok()).unwrap_or(0)
}

fn page_bytes() -> u64 {
    number_after(&read_to_string("/proc/self/smaps").unwrap_or_default(), "KernelPageSize:").max(4) << 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_whose_name_is_odd_is_still_read() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 3 0 99 1000 200";

        assert_eq!(Cpu::parse(stat), Cpu { user_us: 2_500_000, system_us: 500_000 });
    }

    #[test]
    fn this_process_has_memory_and_the_machine_has_cores() {
        assert!(resident_bytes(std::process::id()) > 100_000);
        assert!(Kernel::now().available_bytes > 0);
        assert!(Cores::now().busy_us > 0);
        assert!(Machine::here().cores > 0);
    }

    #[test]
    fn what_is_gone_reads_as_zero() {
        assert_eq!(Cpu::of(u32::MAX), Cpu::default());
        assert_eq!(resident_bytes(u32::MAX), 0);
    }

    #[test]
    fn socket_memory_is_read_in_pages() {
        let text = "sockets: used 10\nTCP: inuse 1 orphan 0 tw 0 alloc 1 mem 255\nUDP: inuse 0 mem 9\n";

        assert_eq!(socket_pages(text), 255);
    }
}
