"""Two folders of images without pairs, for translation between them (CycleGAN)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import BatchSize, Count, MediumCount, NumWorkers, validate_arguments
from gan_lightning.data.base_images import Images
from gan_lightning.data.image_folder import ImageFolder
from gan_lightning.data.io.declared_shape import Shape, check_declared_shape
from gan_lightning.data.io.find_images import find_root
from gan_lightning.data.placement import DataDevice
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.split import Share
from gan_lightning.data.unpaired import UnpairedTable

T = TypeVar("T")


class UnpairedFolders(Images):
    """Domain A is one folder of images, domain B another; they need not hold as many. See `ImageFolder`.

    Args:
        root_a: folder of A.
        root_b: folder of B.
        size: height and width of each image, one number or [height, width], to which images are resized.
        channels: 3 (RGB) or 1 (grey), to which images are converted.
        held_out: share of each folder held out, the same in every run; null: the images in a folder val or test beside
            one called train, or else a tenth.
        flip: mirror training images left-right with probability ½, each by itself.
        cache: folder for the decoded images; null: the user's cache folder.
        in_memory_mb: a larger folder is read from the cache on demand.
        shape: declared for other parts of a config; [channels, height, width] of B.
        label_shape: declared for networks to read; that of A, the same.
        batch_size: images of each domain in a critic update, over all devices.
        num_workers: processes that prepare steps ahead; 0 suits images in memory.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.

    Raises:
        UsageError: a folder is not there, or both are the same.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        root_a: str | None = None,
        root_b: str | None = None,
        size: MediumCount | tuple[MediumCount, MediumCount] = 256,
        channels: Literal[1, 3] = 3,
        held_out: Share | None = None,
        flip: bool = False,
        cache: str | None = None,
        in_memory_mb: Count = 2048,
        shape: Shape | None = None,
        label_shape: Shape | None = None,
        batch_size: BatchSize = 1,
        num_workers: NumWorkers = 0,
        device: DataDevice = "cpu",
    ) -> None:
        super().__init__(
            size=size, channels=channels, shape=shape, batch_size=batch_size, num_workers=num_workers, device=device
        )
        follows = "it follows data.size and data.channels, set those"
        self.label_shape = check_declared_shape(label_shape, self.shape, follows, "label_shape")
        roots = {"root_a": find_root(root_a, "data.root_a"), "root_b": find_root(root_b, "data.root_b")}
        if roots["root_a"].resolve() == roots["root_b"].resolve():
            raise UsageError(f"data.root_a and data.root_b are both {root_a}: two domains are two folders")
        options: dict[str, Any] = {"channels": channels, "held_out": held_out, "flip": flip, "cache": cache}
        self.folders = {
            key: _Folder(
                root=str(root), size=tuple(map(int, self.shape[1:])), bits=8, in_memory_mb=in_memory_mb, **options
            )
            for key, root in roots.items()
        }

    def prepare_data(self) -> None:
        """Decodes images that are not cached; Lightning calls this on one process per machine."""
        for key, folder in self.folders.items():
            _of(key, folder.prepare_data)

    def load(self) -> tuple[SampleTable, SampleTable]:
        """See `AdversarialDataModule.load`.

        Raises:
            UsageError: a folder has no images, or some can't be read.
        """
        a, b = (_of(key, folder.load) for key, folder in self.folders.items())
        return UnpairedTable(b[0], a[0]), UnpairedTable(b[1], a[1])


class _Folder(ImageFolder):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._report_unreadable = _refuse_unreadable


def _refuse_unreadable(message: str) -> None:
    raise UsageError(f"{message}; remove them")


def _of(key: str, function: Callable[[], T]) -> T:
    """The function's value; its error messages name the folder's own key."""
    try:
        return function()
    except UsageError as error:
        text, dark, _ = str(error).replace("data.root=", f"data.{key}=").partition(": set data.range")
        raise UsageError(f"{text}: convert them to 8 bits" if dark else text) from error  # here is no data.range
