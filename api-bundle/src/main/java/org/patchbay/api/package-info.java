/** The contract between packet backends and frontends. */
@NullMarked
@Export
@Version("0.1.0")
package org.patchbay.api;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
