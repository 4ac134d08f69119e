// What any process costs: a program that ends at once.
int main() { return 0; }
