/** How the process that copies says that it could not: a sentence is on its standard output. */
export const FAILED_EXIT = 10;

/** How it says that the file is damaged. */
export const DAMAGED_EXIT = 11;
