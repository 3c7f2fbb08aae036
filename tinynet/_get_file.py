"""A file from the network, kept: Keras's ``utils.get_file``."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from tinynet._arguments import checked, shown
from tinynet._kinds import is_one_of


@checked
def get_file(
    fname: str | os.PathLike[str] | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str | os.PathLike[str] = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str = "auto",
    cache_dir: str | os.PathLike[str] | None = None,
    force_download: bool = False,
) -> str:
    """Return the path of a file, which is downloaded unless it is in the cache folder already.

    Parameters
    ----------
    fname : str, optional
        The file's name in the cache folder. Default: its name at `origin`.
    origin : str
        The file's address.
    untar, extract : bool, default False
        Whether the file is an archive to be unpacked; then the folder's path is returned.
    file_hash, md5_hash : str, optional
        The hash that the file must have.
    cache_subdir, cache_dir : path, optional
        The folder within Keras's cache folder (``datasets``), and another cache folder.
    hash_algorithm : {"auto", "sha256", "md5"}, default "auto"
        Which hash it is; "auto" tells by its length.
    archive_format : {"auto", "tar", "zip"}, default "auto"
        What kind of archive it is.
    force_download : bool, default False
        Whether to download it even if it is there.

    Raises
    ------
    ValueError
        If there is no `origin`, a name holds a folder, or the file has another hash.
    OSError
        If it cannot be fetched or stored.

    References
    ----------
    https://keras.io/api/utils/python_utils/#getfile-function

    Examples
    --------
    >>> get_file(origin="https://example.com/houses.csv")  # doctest: +SKIP
    '/home/me/.keras/datasets/houses.csv'
    """
    if not origin or not origin.isprintable():  # half a character, say, which no address has
        raise ValueError('Please specify the "origin" argument (URL of the file to download).')
    name = os.fspath(fname or "") or os.path.basename(urlsplit(origin).path)
    if name in ("", ".", "..") or os.path.basename(name) != name:
        raise ValueError(
            f"get_file: `fname` must be a name without a folder, which `cache_dir` takes. Received: fname={shown(name)}"
        )
    from tinynet.datasets._download import download
    from tinynet.datasets._files import cache_folder, has_hash

    folder = cache_folder().parent if cache_dir is None else Path(cache_dir).expanduser()
    target = folder / cache_subdir / name
    unpacks = extract or untar
    unpacked = target.with_name(f"{name.partition('.')[0]}_extracted" if fname and "." in name else name)
    if unpacks and unpacked == target:
        target = target.with_name(f"{name}_archive")
    known_hash = _with_algorithm(md5_hash, "md5") or _with_algorithm(file_hash, hash_algorithm)
    if force_download:
        target.unlink(missing_ok=True)
    if not (target.is_file() and has_hash(target, known_hash)):
        download(origin, target, known_hash)
        if not has_hash(target, known_hash):  # of a file of this machine, which is copied as it is
            target.unlink()
            raise ValueError(f"get_file: {origin} has another hash than {known_hash}.")
    if not unpacks:
        return str(target)
    if not unpacked.is_dir():
        _unpack(target, unpacked, archive_format)
    return str(unpacked)


def _with_algorithm(value: str | None, algorithm: str) -> str | None:
    """Return a hash with its algorithm in front, as pooch writes it."""
    if value is None:
        return None
    if not is_one_of(algorithm, ("auto", "md5", "sha256")):
        raise ValueError(f"get_file: `hash_algorithm` must be 'auto', 'md5' or 'sha256'. Received: {shown(algorithm)}")
    return f"{('sha256' if len(value) == 64 else 'md5') if algorithm == 'auto' else algorithm}:{value}"


def _unpack(archive: Path, folder: Path, kind: str) -> None:
    """Unpack an archive; what would stand outside the folder, or is no plain file, is refused."""
    import tarfile
    import zipfile

    if kind in ("auto", "tar") and tarfile.is_tarfile(archive):
        with tarfile.open(archive) as file:
            file.extractall(folder, filter="data")
    elif kind in ("auto", "zip") and zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
    else:
        raise ValueError(f"get_file: {archive} is no archive of the format {kind!r}; there are tar and zip.")
