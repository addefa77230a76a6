//! NVIDIA's cards, read through NVML, the library that comes with their driver. It is opened when it is asked, so that a
//! machine without one runs the same program.

use std::ffi::OsString;
use std::fmt;
use std::panic::RefUnwindSafe;
use std::sync::OnceLock;

use nvml_wrapper::enum_wrappers::device::TemperatureSensor;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{Device, Nvml};

use super::gpu::{Card, CardMemory, Cards, GpuReader, Measure, NoGpu, Untold};

/// Where the driver puts it. The name without the 1 is that of the development package.
const USUAL: &str = "libnvidia-ml.so.1";

/// What a card is called that does not tell its name.
const NAMELESS: &str = "a card";

/// The cards of this machine's NVIDIA driver.
pub struct NvidiaCards {
    file: OsString,
    /// Opened with the first look that finds a driver, and once: opening it is dear.
    nvml: OnceLock<Nvml>,
}

impl NvidiaCards {
    /// Reads through the library in that file; the driver's usual one when left out.
    pub fn through(file: Option<OsString>) -> Self {
        Self {
            file: file.unwrap_or_else(|| USUAL.into()),
            nvml: OnceLock::new(),
        }
    }

    fn nvml(&self) -> Result<&Nvml, NoGpu> {
        if let Some(nvml) = self.nvml.get() {
            return Ok(nvml);
        }
        let opened = Nvml::builder().lib_path(&self.file).init();
        let opened = opened.map_err(|error| absent(&error))?;
        Ok(self.nvml.get_or_init(|| opened))
    }
}

/// A panic leaves it opened or not, and nothing in between.
impl RefUnwindSafe for NvidiaCards {}

impl fmt::Debug for NvidiaCards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NvidiaCards({})", self.file.display())
    }
}

impl GpuReader for NvidiaCards {
    fn look(&self) -> Result<Cards, NoGpu> {
        let nvml = self.nvml()?;
        let driver = nvml.sys_driver_version().map_err(|error| absent(&error))?;
        let count = nvml.device_count().map_err(|error| absent(&error))?;
        if count == 0 {
            return Err(NoGpu::NoCard { driver });
        }
        // A card that this user may not see is still one.
        let cards = (0..count).map(|index| match nvml.device_by_index(index) {
            Ok(device) => card(&device),
            Err(error) => hidden(&error),
        });
        Ok(Cards {
            driver,
            cards: cards.collect(),
        })
    }
}

fn hidden(error: &NvmlError) -> Card {
    Card {
        name: NAMELESS.to_owned(),
        memory: None,
        utilisation_percent: None,
        power_milliwatts: None,
        temperature_celsius: None,
        untold: vec![Untold {
            what: Measure::Card,
            why: error.to_string(),
        }],
    }
}

/// Each value is asked for by itself: a right that is missing for one, or a card that cannot tell it, costs that one alone.
fn card(device: &Device<'_>) -> Card {
    let mut untold = Vec::new();
    let memory = told(Measure::Memory, device.memory_info(), &mut untold);
    let utilisation = told(
        Measure::Utilisation,
        device.utilization_rates(),
        &mut untold,
    );
    let power_milliwatts = told(Measure::Power, device.power_usage(), &mut untold);
    let temperature = device.temperature(TemperatureSensor::Gpu);
    let temperature_celsius = told(Measure::Temperature, temperature, &mut untold);
    Card {
        name: device.name().unwrap_or_else(|_| NAMELESS.to_owned()),
        // What is used is what is not free: NVML's own count leaves the driver's share out.
        memory: memory.map(|memory| CardMemory {
            total: memory.total,
            used: memory.total.saturating_sub(memory.free),
        }),
        utilisation_percent: utilisation.map(|rates| rates.gpu),
        power_milliwatts,
        temperature_celsius,
        untold,
    }
}

fn told<T>(what: Measure, asked: Result<T, NvmlError>, untold: &mut Vec<Untold>) -> Option<T> {
    let note = |error: NvmlError| {
        let why = error.to_string();
        untold.push(Untold { what, why });
    };
    asked.map_err(note).ok()
}

/// Sorts what NVML says into what somebody has to do about it.
fn absent(error: &NvmlError) -> NoGpu {
    let said = innermost(error);
    match error {
        NvmlError::LibloadingError(_) | NvmlError::LibraryNotFound | NvmlError::DriverNotLoaded => {
            NoGpu::NoDriver(said)
        }
        NvmlError::NoPermission | NvmlError::OperatingSystem => NoGpu::NoPermission(said),
        _ => NoGpu::Broken(said),
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), innermost)
}
